/*
 * A toolbox that does not know every command. BUG: it says so in words that are neither "OK " nor "ERROR ", and the
 * host gives the session up.
 */
#include "toolbox.h"

#define OWN_unknown
PART void
unknown(struct toolbox *tb)
{
	REACHED();
	TRIGGERED(1);
#if BUG
	reply(tb, "Unknown Command");
#else
	reply(tb, "ERROR Unknown Command");
#endif
}

#include "toolbox-linux.h"
