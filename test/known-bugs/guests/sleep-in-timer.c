/*
 * A driver that logs to the host every 10 s, from a timer. BUG: it allocates as who may sleep, and takes a lock that
 * sleeps.
 */
#include "rpci-client.h"

struct mutex {
	unsigned long	words[8];
};

void	__mutex_init(struct mutex *, const char *, void *);
void	mutex_lock(struct mutex *);
void	mutex_unlock(struct mutex *);

static struct timer_list timer;
static struct mutex lock;

static void
host_log(const char *text, unsigned int flags)
{
	struct rpc_channel k;
	size_t length = strlen(text);
	char *message = __kmalloc(length + 5, flags | GFP_ZERO);

	if (message == NULL)
		return;
	memcpy(message, "log ", 4);
	memcpy(message + 4, text, length);
	if (rpc_open(&k) == 0) {
		rpc_send(&k, message);
		rpc_close(&k);
	}
	kfree(message);
}

static void
tick(struct timer_list *t)
{
	REACHED();
	TRIGGERED(1);
#if BUG
	mutex_lock(&lock);
	host_log("alive", GFP_KERNEL);
	mutex_unlock(&lock);
#else
	host_log("alive", GFP_ATOMIC);
#endif
	mod_timer(t, jiffies + 10 * HZ);
}

int
init_module(void)
{
	__mutex_init(&lock, "lock", NULL);
	mutex_lock(&lock);
	host_log("loaded", GFP_KERNEL);
	mutex_unlock(&lock);
	init_timer_key(&timer, tick, 0, NULL, NULL);
	mod_timer(&timer, jiffies + HZ);
	return 0;
}

void
cleanup_module(void)
{
	del_timer_sync(&timer);
}
