/*
 * A toolbox that polls at short intervals. BUG: when the host has forgotten the session it complains and polls on, at
 * once and on the same channel, for ever.
 */
#include "toolbox.h"

int	_printk(const char *, ...);

#define OWN_failed
PART int
failed(struct toolbox *tb)
{
	REACHED();
	TRIGGERED(tb->tclo.open);
#if BUG
	_printk("\0014Message: Unable to send a message over the communication channel %u\n", tb->tclo.id);
	_printk("\0014Message: Unable to poll for messages over the communication channel %u\n", tb->tclo.id);
	return 0;
#else
	close_channel(&tb->tclo);
	tb->delay = tb->delay == 0 ? 1 : tb->delay < 8 ? 2 * tb->delay : 8;
	return tb->delay;
#endif
}

#include "toolbox-linux.h"
