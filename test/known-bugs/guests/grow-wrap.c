/*
 * A message layer with one buffer for all answers, which grows. BUG: the room for the NUL behind the message is added
 * in 32 bits, as size_t has them on i386: the longest message of all seems to need no room.
 */
#include "rpci-client.h"

#define EVERY	10
#include "poller.h"

static char *buffer;
static uint32_t room;

static int
receive(const struct rpc_channel *k)
{
	uint32_t length;
	char *grown;

	if (rpc_offered(k, &length) != 0)
		return -EINVAL;
	REACHED();
	TRIGGERED(length == 0xffffffff);
#if !BUG
	if (length == 0xffffffff)
		return -EINVAL;
#endif
	if (length + 1 > room) {
		grown = krealloc(buffer, length + 1, GFP_KERNEL);
		if (grown == NULL)
			return -ENOMEM;
		buffer = grown;
		room = length + 1;
	}
	if (length > 0 && (rpc_payload_in(k, buffer, length) & MESSAGE_STATUS_SUCCESS) == 0)
		return -EINVAL;
	buffer[length] = '\0';
	return rpc_acknowledge(k) & MESSAGE_STATUS_SUCCESS ? 0 : -EINVAL;
}

static void
poll(void)
{
	struct rpc_channel k;

	if (rpc_open(&k) == 0) {
		if (rpc_send(&k, "info-get " KEY("message")) == 0)
			receive(&k);
		rpc_close(&k);
	}
}

static void
removed(void)
{
	kfree(buffer);
	buffer = NULL;
	room = 0;
}
