/* A driver that logs to the host every 10 s. BUG: a step that fails leaves the channel open. */
#include "rpci-client.h"

static struct timer_list timer;

static int
host_log(const char *text)
{
	struct rpc_channel k;
	size_t length = strlen(text);
	char *message;
	int error;

	message = __kmalloc(length + 5, GFP_ATOMIC | GFP_ZERO);
	if (message == NULL)
		return -ENOMEM;
	memcpy(message, "log ", 4);
	memcpy(message + 4, text, length);

	error = rpc_open(&k);
	if (error == 0) {
		REACHED();
		error = rpc_send(&k, message);
		TRIGGERED(error != 0);
#if BUG
		if (error == 0)
#endif
			rpc_close(&k);
	}
	kfree(message);
	return error;
}

static void
tick(struct timer_list *t)
{
	host_log("alive");
	mod_timer(t, jiffies + 10 * HZ);
}

int
init_module(void)
{
	init_timer_key(&timer, tick, 0, NULL, NULL);
	mod_timer(&timer, jiffies + HZ);
	return 0;
}

void
cleanup_module(void)
{
	del_timer_sync(&timer);
}
