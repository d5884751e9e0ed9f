/*
 * vmt(4): a channel that failed is closed, and another is opened when there is none. BUG: where the host refuses to
 * close it, the channel is kept, and the guest talks to the dead for ever.
 */
#include "toolbox.h"

#define OWN_close_channel
PART void
close_channel(struct channel *k)
{
	struct regs r;
	enum outcome outcome = GONE;
	int tries;

	for (tries = 0; k->open && tries < CLOSES; tries++) {
		REACHED();
		outcome = step(k, MESSAGE_TYPE_CLOSE, 0, &r);
		if (outcome == DONE || outcome == GONE)
			break;
	}
	TRIGGERED(outcome != DONE && outcome != GONE);
#if BUG
	if (outcome != DONE && outcome != GONE)
		return;
#endif
	*k = (struct channel){ 0, 0, 0, 0 };
}

#include "toolbox-netbsd.h"
