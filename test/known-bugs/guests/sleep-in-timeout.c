/*
 * vmt(4): every 15 s the list of network interfaces is looked through. BUG: in a timeout that is a soft interrupt,
 * with a lock and an allocation that sleep.
 */
#include "openbsd.h"
#include "toolbox.h"

struct vmt_softc;

#define SOFTC_MORE	struct timeout sc_look;
#define OWN_attached
static void attached(struct vmt_softc *, struct pvbus_hv *);

#include "toolbox-openbsd.h"

static void
vmt_look(void *arg)
{
	struct vmt_softc *sc = arg;
	struct ifnet *ifp;
	char *text;
	int count = 0;

	REACHED();
	TRIGGERED(1);
	NET_LOCK();
	for (ifp = ifnetlist.tqh_first; ifp != NULL; ifp = ifp->if_list.tqe_next)
		count++;
	NET_UNLOCK();
	text = malloc(64, M_TEMP, M_WAITOK | M_ZERO);
	snprintf(text, 64, "info-set " KEY("nics") " %d", count);
	request(text);
	free(text, M_TEMP, 64);
	timeout_add_sec(&sc->sc_look, 15);
}

static void
attached(struct vmt_softc *sc, struct pvbus_hv *hv)
{
#if BUG
	timeout_set(&sc->sc_look, vmt_look, sc);
#else
	timeout_set_proc(&sc->sc_look, vmt_look, sc);
#endif
	timeout_add_sec(&sc->sc_look, 15);
}
