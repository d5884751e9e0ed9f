/*
 * vmt(4): the host's clock is taken over every minute. BUG: whatever the host says the microseconds are.
 */
#include "netbsd.h"
#include "toolbox.h"

struct vmt_softc;

#define SOFTC_MORE	struct callout sc_clock;
#define OWN_attached
static void attached(struct vmt_softc *);
#define OWN_detaching
static void detaching(struct vmt_softc *);

#include "toolbox-netbsd.h"

#define BDOOR_CMD_GETTIMEFULL	0x2eu

static void
vmt_take_clock(void *arg)
{
	struct vmt_softc *sc = arg;
	struct regs r;
	struct timespec now;

	if (port_command(&r, BDOOR_CMD_GETTIMEFULL, 0) != 0xffffffff) {
		REACHED();
		TRIGGERED((uint32_t)r.b >= 1000000);
		now.tv_sec = (uint64_t)(uint32_t)r.si << 32 | (uint32_t)r.d;
		now.tv_nsec = (uint32_t)r.b * 1000;
#if !BUG
		if ((uint32_t)r.b < 1000000)
#endif
			tc_setclock(&now);
	}
	callout_schedule(&sc->sc_clock, 60 * hz);
}

static void
attached(struct vmt_softc *sc)
{
	callout_init(&sc->sc_clock, 0);
	callout_setfunc(&sc->sc_clock, vmt_take_clock, sc);
	callout_schedule(&sc->sc_clock, hz);
}

static void
detaching(struct vmt_softc *sc)
{
	callout_halt(&sc->sc_clock, NULL);
	callout_destroy(&sc->sc_clock);
}
