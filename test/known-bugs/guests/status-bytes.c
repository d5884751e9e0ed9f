/*
 * A boot loader's client: low bandwidth, no cookies, whole registers compared, each value asked for twice.
 * BUG: the two status bytes are not taken off the length that is returned, so that two bytes of the value are never
 * written.
 */
#include "linux.h"
#include "port.h"

struct step {
	uint32_t status, value, kind;
};

static struct step
message(uint32_t channel, uint32_t type, uint32_t argument)
{
	/* Garbage where others keep cookies. */
	struct regs r = { BDOOR_MAGIC, argument, type << 16 | BDOOR_CMD_MESSAGE, channel << 16 | BDOOR_PORT,
	    0xdecafbad, 0xbaadf00d };

	port_in(&r);
	return (struct step){ r.c, r.b, r.d >> 16 };
}

static uint32_t
word_at(const char *text, size_t at, size_t end)
{
	uint32_t word = 0;
	size_t k;

	for (k = 0; k < 4 && at + k < end; k++)
		word |= (uint32_t)(uint8_t)text[at + k] << 8 * k;
	return word;
}

/* Sends the text, puts what follows "1 " into `out` (`room` bytes) and returns how long the value is. */
static int
ask(uint32_t channel, const char *text, char *out, size_t room)
{
	size_t end = strlen(text), at;
	struct step s;
	uint32_t size, id, k;
	char verdict[2] = { 0, 0 }, byte;

	if (message(channel, 1, end).status != 0x00810000)
		return -EIO;
	for (at = 0; at < end; at += 4)
		if (message(channel, 2, word_at(text, at, end)).status != 0x00010000)
			return -EIO;
	s = message(channel, 3, 0);
	if (s.status != 0x00830000 || s.value > 4096)
		return -EIO;
	size = s.value;
	id = s.kind;
	for (k = 0; k < size; k++) {
		if (k % 4 == 0) {
			s = message(channel, 4, id);
			if (s.status != 0x00010000)
				return -EIO;
		}
		byte = s.value >> 8 * (k % 4);
		if (k < 2)
			verdict[k] = byte;
		else if (k - 2 < room)
			out[k - 2] = byte;
	}
	if (message(channel, 5, id).status != 0x00010000)
		return -EIO;
	if (size < 2 || verdict[0] != '1' || verdict[1] != ' ')
		return -EINVAL;
	REACHED();
	TRIGGERED(room > 0);
#if BUG
	return size;
#else
	return size - 2;
#endif
}

int
init_module(void)
{
	struct step s = message(0, 0, 0x49435052);
	uint32_t channel = s.kind;
	char *value;
	int length;

	if (s.status != 0x00010000)
		return 0;
	ask(channel, "info-set " KEY("bench.file") " boot.cfg", NULL, 0);
	length = ask(channel, "info-get " KEY("bench.file"), NULL, 0);
	if (length >= 0 && (value = __kmalloc(length + 1, GFP_KERNEL)) != NULL) {
		if (ask(channel, "info-get " KEY("bench.file"), value, length) == length) {
			value[length] = 0;
			_printk("\0016guest: %d bytes: %s\n", length, value);
		}
		kfree(value);
	}
	message(channel, 6, 0);
	return 0;
}

void
cleanup_module(void)
{
}
