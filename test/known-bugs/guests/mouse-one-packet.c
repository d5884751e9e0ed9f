/*
 * A mouse that reads when the PS/2 port says that there is something. BUG: it reads one packet a time. Of two
 * packets that came with one byte the second stays, and the pointer is a packet late from then on.
 */
#include "mouse.h"

static int
mouse_interrupt(struct serio *port, unsigned char byte, unsigned int flags)
{
	uint32_t status;
	int left = 255;

	for (status = mouse_status(); (status & 0xffff) >= PACKET_WORDS && left > 0; status = mouse_status()) {
		if ((status & VMMOUSE_ERROR) == VMMOUSE_ERROR || (status & 0xffff) % PACKET_WORDS != 0) {
			mouse_resynchronise();
			break;
		}
		REACHED();
		TRIGGERED((status & 0xffff) > PACKET_WORDS);
		mouse_packet();
		left--;
#if BUG
		break;
#endif
	}
	return 1;
}

static int
mouse_reconnect(struct serio *port)
{
	return mouse_resynchronise();
}

MOUSE_MODULE(.interrupt = mouse_interrupt, .reconnect = mouse_reconnect)
