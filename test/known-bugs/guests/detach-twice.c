/*
 * vmt(4)'s attach, which may fail, and its detach, which comes all the same. BUG: the buffer that the failed attach
 * gave back is given back again.
 */
#include "netbsd.h"
#include "toolbox.h"

struct vmt_softc;

#define OWN_present
static bool present(struct vmt_softc *);
#define OWN_detaching
static void detaching(struct vmt_softc *);

static bool failed_before;

#include "toolbox-netbsd.h"

static bool
present(struct vmt_softc *sc)
{
	struct regs r;
	uint32_t version = port_command(&r, BDOOR_CMD_GETVERSION, ~BDOOR_MAGIC);

	if (version != 0xffffffff && (uint32_t)r.b == BDOOR_MAGIC)
		return true;
	REACHED();
	failed_before = true;
	kmem_free(sc->sc_toolbox.buffer, TCLO_ROOM);
#if !BUG
	sc->sc_toolbox.buffer = NULL;
#endif
	return false;
}

static void
detaching(struct vmt_softc *sc)
{
	TRIGGERED(failed_before);
}
