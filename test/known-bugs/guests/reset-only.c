/*
 * vmt(4) for twelve years. BUG: a channel that fails is closed when the host asks for a reset, and only then. The poll
 * begins with an empty message; where that is refused, no request of the host's is ever read.
 */
#include "toolbox.h"

#define OWN_failed
PART int
failed(struct toolbox *tb)
{
	REACHED();
	TRIGGERED(tb->tclo.open);
#if BUG
	tb->idle = 1;
	return 1;
#else
	close_channel(&tb->tclo);
	tb->delay = tb->delay == 0 ? 1 : tb->delay < 8 ? 2 * tb->delay : 8;
	return tb->delay;
#endif
}

#include "toolbox-openbsd.h"
