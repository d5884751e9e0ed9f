/*
 * vmt(4)'s attach: it opens TCLO, then tells the host by RPCI what it can do. BUG: where that fails, TCLO stays open
 * and is forgotten.
 */
#include "openbsd.h"
#include "toolbox.h"

struct vmt_softc;

#define OWN_attached
static void attached(struct vmt_softc *, struct pvbus_hv *);

#include "toolbox-openbsd.h"

static void
attached(struct vmt_softc *sc, struct pvbus_hv *hv)
{
	struct toolbox *tb = &sc->sc_toolbox;
	int result;

	if (open_channel(&tb->tclo, TCLO_PROTOCOL_NUM) != 0)
		return;
	tb->idle = 1;
	REACHED();
	result = request_once("tools.capability.hgfs_server toolbox 1");
	TRIGGERED(result < 0);
	if (result < 0) {
#if BUG
		tb->tclo = (struct channel){ 0, 0, 0, 0 };
#else
		close_channel(&tb->tclo);
#endif
	}
}
