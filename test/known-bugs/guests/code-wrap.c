/*
 * A driver that reads a setting of at most 64 bytes. BUG: the two bytes of the reply code are taken off a length that
 * may be less.
 */
#include "rpci-client.h"

#define ROOM	64

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* @returns how many bytes of the value were stored, or an error. */
static int
setting(const char *command, char *value)
{
	struct rpc_channel k;
	uint32_t length;
	size_t count;
	char *reply = NULL;
	int result = -EINVAL;

	if (rpc_open(&k) != 0)
		return -EINVAL;
	if (rpc_send(&k, command) != 0 || rpc_offered(&k, &length) != 0)
		goto out;
	reply = __kmalloc((size_t)length + 1, GFP_KERNEL | GFP_ZERO);
	if (reply == NULL)
		goto out;
	if ((rpc_payload_in(&k, reply, length) & MESSAGE_STATUS_SUCCESS) == 0 ||
	    (rpc_acknowledge(&k) & MESSAGE_STATUS_SUCCESS) == 0)
		goto out;
	result = 0;
	if (length > 0) {
		REACHED();
		TRIGGERED(length < 2);
#if BUG
		count = smaller((size_t)length - 2, ROOM);
#else
		count = length < 2 ? 0 : smaller((size_t)length - 2, ROOM);
#endif
		if (count > 0)
			memcpy(value, reply + 2, count);
		result = count;
	}
out:
	kfree(reply);
	rpc_close(&k);
	return result;
}

int
init_module(void)
{
	char value[ROOM];

	_printk("\0016guest: %d bytes\n", setting("info-get " KEY("svga.gl3"), value));
	return 0;
}

void
cleanup_module(void)
{
}
