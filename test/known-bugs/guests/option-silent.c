/*
 * vmt(4) that has no address to tell. BUG: the host's question for one is taken and never answered; the host waits
 * until its patience ends.
 */
#include "toolbox.h"

#define OWN_option
PART void
option(struct toolbox *tb)
{
	REACHED();
	TRIGGERED(1);
#if !BUG
	reply(tb, "OK ");
#endif
}

#include "toolbox-freebsd.h"
