/* A Linux module that does something EVERY so many seconds: it calls poll(), and removed() at its end. */
#ifndef POLLER_H
#define POLLER_H

static void poll(void);
static void removed(void);

static struct delayed_work poller;

static void
poll_again(struct delayed_work *w)
{
	poll();
	work_again(w, EVERY * HZ);
}

int
init_module(void)
{
	poller.func = poll_again;
	work_again(&poller, HZ);
	return 0;
}

void
cleanup_module(void)
{
	cancel_delayed_work_sync(&poller);
	removed();
}

#endif
