/*
 * vmt(4): the host says whether it has heard that a message was received. BUG: whatever it says but zero is taken for
 * yes, a checkpoint too, after which the host offers the message again.
 */
#include "toolbox.h"

#define OWN_acknowledge
PART enum outcome
acknowledge(const struct channel *k)
{
	struct regs r;
	enum outcome outcome = step(k, MESSAGE_TYPE_RECVSTATUS, MESSAGE_STATUS_SUCCESS, &r);

	REACHED();
	TRIGGERED(outcome != DONE && (uint32_t)r.c >> 16 != 0);
#if BUG
	return (uint32_t)r.c >> 16 != 0 ? DONE : REFUSED;
#else
	return outcome;
#endif
}

#include "toolbox-netbsd.h"
