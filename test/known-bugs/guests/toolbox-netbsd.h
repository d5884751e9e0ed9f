/* A toolbox as NetBSD's vmt(4) is attached: at the boot processor, with a callout, and with a way to detach it. */
#include "netbsd.h"
#include "toolbox.c"

struct vmt_softc {
	device_t	sc_dev;
	struct toolbox	sc_toolbox;
	struct callout	sc_callout;
	struct sysmon_pswitch sc_power, sc_reset;
#ifdef SOFTC_MORE
	SOFTC_MORE
#endif
};

#define SOFTC(tb)	((struct vmt_softc *)((char *)(tb) - __builtin_offsetof(struct vmt_softc, sc_toolbox)))

PART void
again(struct toolbox *tb, int seconds)
{
	callout_schedule(&SOFTC(tb)->sc_callout, hz * seconds);
}

static void
vmt_pressed(void *arg)
{
	sysmon_pswitch_event(arg, PSWITCH_EVENT_PRESSED);
}

PART void
power_off(struct toolbox *tb, int reboot)
{
	struct vmt_softc *sc = SOFTC(tb);

	sysmon_task_queue_sched(0, vmt_pressed, reboot ? &sc->sc_reset : &sc->sc_power);
}

static void
vmt_poll(void *arg)
{
	struct vmt_softc *sc = arg;

	tick(&sc->sc_toolbox);
}

static int
vmt_match(device_t parent, struct cfdata *match, void *aux)
{
	struct cpufeature_attach_args *cfaa = aux;
	struct regs r;
	int tries;

	for (tries = 0; strcmp(cfaa->name, "vm") == 0 && tries < REQUESTS; tries++)
		if (port_command(&r, BDOOR_CMD_GETVERSION, ~BDOOR_MAGIC) != 0xffffffff && (uint32_t)r.b == BDOOR_MAGIC)
			return 1;
	return 0;
}

static bool
vmt_shutdown(device_t self, int flags)
{
	struct vmt_softc *sc = device_private(self);

	sc->sc_toolbox.down = 1;
	callout_halt(&sc->sc_callout, NULL);
	close_channel(&sc->sc_toolbox.tclo);
	return true;
}

#ifndef OWN_attached
/* What a driver does besides, once it is attached. */
PART void
attached(struct vmt_softc *sc)
{
}
#endif

#ifndef OWN_detaching
/* And before it is detached, whether the attach went well or not. */
PART void
detaching(struct vmt_softc *sc)
{
}
#endif

#ifndef OWN_present
/* Whether the machine is still what it seemed; where not, the buffer is given back. */
PART bool
present(struct vmt_softc *sc)
{
	return true;
}
#endif

static void
vmt_switch(struct vmt_softc *sc, struct sysmon_pswitch *pswitch, int type)
{
	pswitch->smpsw_name = device_xname(sc->sc_dev);
	pswitch->smpsw_type = type;
	sysmon_pswitch_register(pswitch);
}

static void
vmt_attach(device_t parent, device_t self, void *aux)
{
	struct vmt_softc *sc = device_private(self);

	aprint_naive("\n");
	aprint_normal("\n");
	sc->sc_dev = self;
	callout_init(&sc->sc_callout, 0);
	callout_setfunc(&sc->sc_callout, vmt_poll, sc);
	sc->sc_toolbox.buffer = kmem_alloc(TCLO_ROOM, KM_SLEEP);
	memset(sc->sc_toolbox.buffer, 0, TCLO_ROOM);
	if (!present(sc)) {
		aprint_error_dev(self, "failed to get VMware version\n");
		sc->sc_toolbox.down = 1;
		return;
	}
	pmf_device_register1(self, NULL, NULL, vmt_shutdown);
	sysmon_task_queue_init();
	vmt_switch(sc, &sc->sc_power, PSWITCH_TYPE_POWER);
	vmt_switch(sc, &sc->sc_reset, PSWITCH_TYPE_RESET);
	callout_schedule(&sc->sc_callout, hz);
	attached(sc);
}

static int
vmt_detach(device_t self, int flags)
{
	struct vmt_softc *sc = device_private(self);
	bool was_up = !sc->sc_toolbox.down;

	sc->sc_toolbox.down = 1;
	detaching(sc);
	if (was_up) {
		sysmon_pswitch_unregister(&sc->sc_reset);
		sysmon_pswitch_unregister(&sc->sc_power);
	}
	callout_halt(&sc->sc_callout, NULL);
	callout_destroy(&sc->sc_callout);
	close_channel(&sc->sc_toolbox.tclo);
	if (sc->sc_toolbox.buffer != NULL)
		kmem_free(sc->sc_toolbox.buffer, TCLO_ROOM);
	sc->sc_toolbox.buffer = NULL;
	return 0;
}

struct cfattach vmt_ca = {
	.ca_name = "vmt",
	.ca_devsize = sizeof(struct vmt_softc),
	.ca_flags = DVF_PRIV_ALLOC,
	.ca_match = vmt_match,
	.ca_attach = vmt_attach,
	.ca_detach = vmt_detach,
};

MODULE(MODULE_CLASS_DRIVER, vmt, "sysmon_power,sysmon_taskq");

static int
vmt_modcmd(enum modcmd command, void *aux)
{
	return command == MODULE_CMD_INIT || command == MODULE_CMD_FINI ? 0 : ENOTTY;
}
