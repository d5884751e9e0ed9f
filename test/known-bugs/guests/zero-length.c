/* A driver that asks for a setting when it is loaded. BUG: the first byte of an answer is looked at where there is none. */
#include "rpci-client.h"

static int
ask(const char *command)
{
	struct rpc_channel k;
	uint32_t length;
	char *answer;
	int error;

	if (rpc_open(&k) != 0)
		return -EINVAL;
	error = rpc_send(&k, command);
	if (error == 0)
		error = rpc_offered(&k, &length);
	if (error != 0 || length > 4096)
		goto out;

	REACHED();
	TRIGGERED(length == 0);
#if !BUG
	if (length == 0) {
		rpc_acknowledge(&k);
		error = -EINVAL;
		goto out;
	}
#endif
	answer = __kmalloc(length, GFP_KERNEL | GFP_ZERO);
	error = -ENOMEM;
	if (answer == NULL)
		goto out;
	error = -EINVAL;
	if (length == 0 || rpc_payload_in(&k, answer, length) & MESSAGE_STATUS_SUCCESS) {
		rpc_acknowledge(&k);
		error = answer[0] == '1' ? 0 : -EINVAL;
	}
	kfree(answer);
out:
	rpc_close(&k);
	return error;
}

int
init_module(void)
{
	_printk("\0016guest: ask %d\n", ask("info-get " KEY("x")));
	return 0;
}

void
cleanup_module(void)
{
}
