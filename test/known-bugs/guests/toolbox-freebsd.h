/* A toolbox as FreeBSD's vmt(4) is attached: at newbus' nexus, with a callout under a mutex. */
#include "freebsd.h"
#include "toolbox.c"

struct vmt_softc {
	struct mtx	sc_mtx;
	struct toolbox	sc_toolbox;
	struct callout	sc_callout;
};

#define SOFTC(tb)	((struct vmt_softc *)((char *)(tb) - __builtin_offsetof(struct vmt_softc, sc_toolbox)))

static void
vmt_poll(void *arg)
{
	struct vmt_softc *sc = arg;

	tick(&sc->sc_toolbox);
}

PART void
again(struct toolbox *tb, int seconds)
{
	callout_schedule(&SOFTC(tb)->sc_callout, seconds > 0 ? hz * seconds : 1);
}

PART void
power_off(struct toolbox *tb, int reboot)
{
	shutdown_nice(reboot ? 0 : RB_POWEROFF | RB_HALT);
}

/* Whether this is VMware. Right: one bad answer does not hide the device. */
static void
vmt_identify(driver_t *driver, device_t parent)
{
	struct regs r;
	int tries;

	if (vm_guest != VM_GUEST_VMWARE || device_find_child(parent, driver->name, -1) != NULL)
		return;
	for (tries = 0; tries < REQUESTS; tries++) {
		if (port_command(&r, BDOOR_CMD_GETVERSION, ~BDOOR_MAGIC) == 0xffffffff || (uint32_t)r.b != BDOOR_MAGIC)
			continue;
		if (BUS_ADD_CHILD(parent, 0, driver->name, 0) == NULL)
			device_printf(parent, "add vmt child failed\n");
		return;
	}
}

static int
vmt_probe(device_t dev)
{
	device_set_desc(dev, "VMware Tools Device");
	return 0;
}

static int
vmt_attach(device_t dev)
{
	struct vmt_softc *sc = device_get_softc(dev);

	mtx_init(&sc->sc_mtx, "vmt");
	sc->sc_toolbox.buffer = malloc(TCLO_ROOM, M_DEVBUF, M_NOWAIT | M_ZERO);
	if (sc->sc_toolbox.buffer == NULL) {
		mtx_destroy(&sc->sc_mtx);
		return ENOMEM;
	}
	callout_init_mtx(&sc->sc_callout, &sc->sc_mtx, 0);
	mtx_lock(&sc->sc_mtx);
	callout_reset(&sc->sc_callout, hz, vmt_poll, sc);
	mtx_unlock(&sc->sc_mtx);
	return 0;
}

/* The channel goes; no callout opens another. */
PART void
vmt_disconnect(struct vmt_softc *sc)
{
	mtx_lock(&sc->sc_mtx);
	sc->sc_toolbox.down = 1;
	close_channel(&sc->sc_toolbox.tclo);
	mtx_unlock(&sc->sc_mtx);
}

static int
vmt_detach(device_t dev)
{
	struct vmt_softc *sc = device_get_softc(dev);

	vmt_disconnect(sc);
	callout_drain(&sc->sc_callout);
	free(sc->sc_toolbox.buffer, M_DEVBUF);
	sc->sc_toolbox.buffer = NULL;
	mtx_destroy(&sc->sc_mtx);
	return 0;
}

#ifndef OWN_shutdown
static int
vmt_shutdown(device_t dev)
{
	vmt_disconnect(device_get_softc(dev));
	return 0;
}
#else
static int vmt_shutdown(device_t);
#endif

static struct kobj_method vmt_methods[] = {
	DEVMETHOD(device_identify, vmt_identify),
	DEVMETHOD(device_probe, vmt_probe),
	DEVMETHOD(device_attach, vmt_attach),
	DEVMETHOD(device_detach, vmt_detach),
	DEVMETHOD(device_shutdown, vmt_shutdown),
	DEVMETHOD_END
};

static driver_t vmt_driver = { "vmt", vmt_methods, sizeof(struct vmt_softc), NULL, 0, NULL };

DRIVER_MODULE(vmt, nexus, vmt_driver);
