/*
 * A mouse that reads when the PS/2 port says that there is something. BUG: a queue that is not whole packets is
 * passed over, and stays as it is: nothing is read any more.
 */
#include "mouse.h"

static int
mouse_interrupt(struct serio *port, unsigned char byte, unsigned int flags)
{
	uint32_t status;
	int left = 255;

	for (status = mouse_status(); (status & 0xffff) != 0 && left > 0; status = mouse_status()) {
		if (status == VMMOUSE_ERROR) {
			mouse_resynchronise();
			break;
		}
		REACHED();
		TRIGGERED((status & VMMOUSE_ERROR) == VMMOUSE_ERROR || (status & 0xffff) % PACKET_WORDS != 0);
		if ((status & VMMOUSE_ERROR) == VMMOUSE_ERROR || (status & 0xffff) % PACKET_WORDS != 0) {
#if !BUG
			mouse_resynchronise();
#endif
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
	return mouse_resynchronise();
}

MOUSE_MODULE(.interrupt = mouse_interrupt, .reconnect = mouse_reconnect)
