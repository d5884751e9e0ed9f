/*
 * A mouse that is enabled anew when the machine wakes. BUG: it is not disabled before the machine sleeps. What the
 * host queues meanwhile stands before the version that the enabling asks for, and the mouse is gone.
 */
#include "mouse.h"

static int
mouse_interrupt(struct serio *port, unsigned char byte, unsigned int flags)
{
	uint32_t status;
	int left = 255;

	for (status = mouse_status(); (status & 0xffff) != 0 && left > 0; status = mouse_status()) {
		if ((status & VMMOUSE_ERROR) == VMMOUSE_ERROR || (status & 0xffff) % PACKET_WORDS != 0) {
			mouse_resynchronise();
			break;
		}
		mouse_packet();
		left--;
	}
	return 1;
}

static int
mouse_reconnect(struct serio *port)
{
	uint32_t status = mouse_status();

	REACHED();
	TRIGGERED((status & 0xffff) != 0);
	return mouse_enable();
}

/* Before the machine sleeps. */
static void
mouse_cleanup(struct serio *port)
{
	int left = 255;

#if !BUG
	while ((mouse_status() & VMMOUSE_ERROR) == 0 && (mouse_status() & 0xffff) >= PACKET_WORDS && left-- > 0)
		mouse_packet();
	mouse_command(VMMOUSE_CMD_DISABLE);
#else
	(void)left;
#endif
}

MOUSE_MODULE(.interrupt = mouse_interrupt, .reconnect = mouse_reconnect, .cleanup = mouse_cleanup)
