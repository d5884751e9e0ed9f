/*
 * A client that opens a channel, sends, receives and closes in one function. BUG: the result of the close takes the
 * place of an earlier error, and the caller uses an answer that there never was.
 */
#include "rpci-client.h"

struct reply {
	char		*text;
	uint32_t	length;
};

static int
exchange(const struct rpc_channel *k, const char *command, struct reply *reply)
{
	uint32_t length;
	char *text;

	if (rpc_send(k, command) != 0 || rpc_offered(k, &length) != 0 || length > 4096)
		return -EIO;
	text = __kmalloc((size_t)length + 1, GFP_KERNEL | GFP_ZERO);
	if (text == NULL)
		return -ENOMEM;
	if ((rpc_payload_in(k, text, length) & MESSAGE_STATUS_SUCCESS) == 0 ||
	    (rpc_acknowledge(k) & MESSAGE_STATUS_SUCCESS) == 0) {
		kfree(text);
		return -EIO;
	}
	reply->text = text;
	reply->length = length;
	return 0;
}

/* @returns 0, and the answer in `reply`; or an error, and nothing in it. */
static __attribute__((noinline)) int
send_one(const char *command, struct reply *reply)
{
	struct rpc_channel k;
	int error, closed;

	error = rpc_open(&k);
	if (error != 0)
		return error;
	error = exchange(&k, command, reply);
	closed = rpc_close(&k);
	REACHED();
	TRIGGERED(error != 0 && closed == 0);
#if BUG
	error = closed;
#else
	if (error == 0 && closed != 0)
		_printk("\0014guest: the channel is not closed\n");
#endif
	return error;
}

int
init_module(void)
{
	struct reply reply;

	if (send_one("info-get " KEY("config"), &reply) == 0) {
		_printk("\0016guest: %u bytes: %.16s\n", reply.length, reply.text);
		kfree(reply.text);
	}
	return 0;
}

void
cleanup_module(void)
{
}
