/* A toolbox as OpenBSD's vmt(4) is attached: at pvbus(4), with a timeout that has a process. */
#include "openbsd.h"
#include "toolbox.c"

int	timeout_del(struct timeout *);

struct vmt_softc {
	struct device	sc_dev;
	struct toolbox	sc_toolbox;
	struct timeout	sc_timeout;
#ifdef SOFTC_MORE
	SOFTC_MORE
#endif
};

#define SOFTC(tb)	((struct vmt_softc *)((char *)(tb) - __builtin_offsetof(struct vmt_softc, sc_toolbox)))

PART void
again(struct toolbox *tb, int seconds)
{
	timeout_add_sec(&SOFTC(tb)->sc_timeout, seconds);
}

PART void
power_off(struct toolbox *tb, int reboot)
{
	if (reboot)
		pvbus_reboot(&SOFTC(tb)->sc_dev);
	else
		pvbus_shutdown(&SOFTC(tb)->sc_dev);
}

static void
vmt_poll(void *arg)
{
	struct vmt_softc *sc = arg;

	tick(&sc->sc_toolbox);
}

/* Right: one bad answer does not hide the device. */
static int
vmt_match(struct device *parent, void *match, void *aux)
{
	struct pv_attach_args *pva = aux;
	struct regs r;
	int tries;

	for (tries = 0; pva->pva_hv[PVBUS_VMWARE].hv_base != 0 && tries < REQUESTS; tries++)
		if (port_command(&r, BDOOR_CMD_GETVERSION, ~BDOOR_MAGIC) != 0xffffffff && (uint32_t)r.b == BDOOR_MAGIC)
			return 1;
	return 0;
}

#ifndef OWN_attached
/* What a driver does besides, once it is attached. */
PART void
attached(struct vmt_softc *sc, struct pvbus_hv *hv)
{
}
#endif

static void
vmt_attach(struct device *parent, struct device *self, void *aux)
{
	struct vmt_softc *sc = (struct vmt_softc *)self;

	printf("\n");
	sc->sc_toolbox.buffer = malloc(TCLO_ROOM, M_DEVBUF, M_NOWAIT | M_ZERO);
	if (sc->sc_toolbox.buffer == NULL)
		return;
	timeout_set_proc(&sc->sc_timeout, vmt_poll, sc);
	timeout_add_sec(&sc->sc_timeout, 1);
	attached(sc, &((struct pv_attach_args *)aux)->pva_hv[PVBUS_VMWARE]);
}

static int
vmt_activate(struct device *self, int act)
{
	struct vmt_softc *sc = (struct vmt_softc *)self;

	if (act == DVACT_POWERDOWN) {
		sc->sc_toolbox.down = 1;
		timeout_del(&sc->sc_timeout);
		close_channel(&sc->sc_toolbox.tclo);
	}
	return 0;
}

const struct cfattach vmt_ca = { sizeof(struct vmt_softc), vmt_match, vmt_attach, NULL, vmt_activate };
struct cfdriver vmt_cd = { NULL, "vmt", DV_DULL, 0, 0 };
