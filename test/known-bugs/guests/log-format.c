/*
 * A driver that prints what the host says. BUG: the host's text is the format.
 */
#include "rpci-client.h"

#define EVERY	30
#include "poller.h"

#define ROOM	128

static void
poll(void)
{
	struct rpc_channel k;
	uint32_t length, at;
	char text[ROOM];

	if (rpc_open(&k) != 0)
		return;
	if (rpc_send(&k, "info-get " KEY("motd")) == 0 && rpc_offered(&k, &length) == 0 && length < ROOM &&
	    rpc_payload_in(&k, text, length) & MESSAGE_STATUS_SUCCESS) {
		text[length] = '\0';
		rpc_acknowledge(&k);
		REACHED();
		for (at = 0; at < length; at++)
			TRIGGERED(text[at] == '%');
#if BUG
		_printk(text);
#else
		_printk("%s", text);
#endif
		_printk("\n");
	}
	rpc_close(&k);
}

static void
removed(void)
{
}
