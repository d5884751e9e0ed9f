/*
 * Kernel code that takes the frequency of the time stamp counter from the host. BUG: a frequency that is no
 * frequency ends the kernel.
 */
#include "linux.h"
#include "port.h"

#define BDOOR_CMD_GETHZ	0x2du

static int
on_vmware(void)
{
	struct regs r;

	return port_command(&r, BDOOR_CMD_GETVERSION, ~BDOOR_MAGIC) != 0xffffffff && (uint32_t)r.b == BDOOR_MAGIC;
}

/* In kHz; 0: not known. */
static uint32_t
tsc_khz(void)
{
	struct regs r;
	uint64_t hz;

	hz = port_command(&r, BDOOR_CMD_GETHZ, 0xffffffff);
	if ((uint32_t)r.b == 0xffffffff)
		return 0;
	hz = (hz | (uint64_t)(uint32_t)r.b << 32) / 1000;
	REACHED();
	TRIGGERED(hz >> 32 != 0);
	if (hz >> 32 != 0) {
#if BUG
		panic("kernel BUG: tsc_hz >> 32");
#else
		return 0;
#endif
	}
	return hz;
}

int
init_module(void)
{
	if (!on_vmware())
		return -ENXIO;
	_printk("\0016guest: %u kHz\n", tsc_khz());
	return 0;
}

void
cleanup_module(void)
{
}
