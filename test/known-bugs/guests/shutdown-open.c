/*
 * vmt(4) as a module of newbus, whose method is called when the machine goes down. BUG: the method does nothing, and
 * the channel stays open.
 */
#include "toolbox.h"

#define OWN_shutdown
#include "toolbox-freebsd.h"

static int
vmt_shutdown(device_t dev)
{
	struct vmt_softc *sc = device_get_softc(dev);

	REACHED();
	TRIGGERED(sc->sc_toolbox.tclo.open);
#if !BUG
	vmt_disconnect(sc);
#endif
	return 0;
}
