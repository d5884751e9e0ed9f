/*
 * vmt(4): a process polls TCLO, and a timeout, a soft interrupt, tells the host the uptime every 15 s. BUG: one buffer
 * holds the request of the host's and the guest's own.
 */
#include "openbsd.h"
#include "toolbox.h"

struct vmt_softc;

#define SOFTC_MORE	struct timeout sc_uptime;
#define OWN_attached
static void attached(struct vmt_softc *, struct pvbus_hv *);
/* Between the fetch of a request and its acknowledgement. */
static int fetching;

#define OWN_acknowledge
PART enum outcome
acknowledge(const struct channel *k)
{
	struct regs r;
	enum outcome outcome;

	fetching = 1;
	outcome = step(k, MESSAGE_TYPE_RECVSTATUS, MESSAGE_STATUS_SUCCESS, &r);
	fetching = 0;
	return outcome;
}

#include "toolbox-openbsd.h"

static void
vmt_uptime(void *arg)
{
	struct vmt_softc *sc = arg;
	int interrupted = fetching;
#if BUG
	char *text = sc->sc_toolbox.buffer;
#else
	char text[64];
#endif

	REACHED();
	TRIGGERED(interrupted);
	snprintf(text, 64, "SetGuestInfo  7 %lld00", (long long)getuptime());
	request(text);
	fetching = interrupted;
	timeout_add_sec(&sc->sc_uptime, 15);
}

static void
attached(struct vmt_softc *sc, struct pvbus_hv *hv)
{
	timeout_set(&sc->sc_uptime, vmt_uptime, sc);
	timeout_add_sec(&sc->sc_uptime, 15);
}
