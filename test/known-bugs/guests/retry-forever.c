/*
 * A process's message layer: what a checkpoint spoilt is received again. BUG: as often as there is a checkpoint.
 * Its functions are called one by one, as a library's.
 */
#include "guest.h"
#include "port.h"

void	*calloc(size_t, size_t);
void	free(void *);
size_t	strlen(const char *);
int	*__errno_location(void);

#define EIO	5
#define TRIES	16
#define SUCCESS	0x01u
#define DORECV	0x02u
#define CPT	0x10u

static uint32_t channel, cookie_high, cookie_low;

static uint32_t
step(uint32_t type, uint32_t argument, struct regs *r)
{
	*r = (struct regs){ BDOOR_MAGIC, argument, type << 16 | BDOOR_CMD_MESSAGE, channel << 16 | BDOOR_PORT,
	    cookie_high, cookie_low };
	port_in(r);
	return (uint32_t)r->c >> 16;
}

static int
failed(void)
{
	*__errno_location() = EIO;
	return -1;
}

static int
message_send(const char *text)
{
	uint32_t length = strlen(text), at, word, k;
	struct regs r;

	if ((step(1, length, &r) & SUCCESS) == 0)
		return failed();
	for (at = 0; at < length; at += 4) {
		for (word = 0, k = 0; k < 4 && at + k < length; k++)
			word |= (uint32_t)(uint8_t)text[at + k] << 8 * k;
		if ((step(2, word, &r) & SUCCESS) == 0)
			return failed();
	}
	return 0;
}

/* @returns the length; the text is the caller's to free. */
static int
message_receive(char **text)
{
	struct regs r;
	uint32_t length, at, status = 0, k;
	int tries;

	for (tries = 0; BUG || tries < TRIES; tries++) {
		REACHED();
		TRIGGERED(tries == TRIES);
		if ((step(3, 0, &r) & (SUCCESS | DORECV)) != (SUCCESS | DORECV) || (uint32_t)r.b > 4096)
			return failed();
		length = r.b;
		*text = calloc(1, length + 1);
		if (*text == NULL)
			return failed();
		for (at = 0, status = SUCCESS; at < length && status & SUCCESS; at += 4) {
			status = step(4, 1, &r);
			for (k = 0; k < 4 && at + k < length; k++)
				(*text)[at + k] = (uint32_t)r.b >> 8 * k;
		}
		if (status & SUCCESS)
			status = step(5, 1, &r);
		if (status & SUCCESS)
			return length;
		free(*text);
		*text = NULL;
		if ((status & CPT) == 0)
			break;
	}
	return failed();
}

/* @returns how long the answer is, or -1. */
int
client(void)
{
	struct regs r;
	char *text = NULL;
	int length;

	channel = cookie_high = cookie_low = 0;
	if ((step(0, 0x49435052u | 0x80000000u, &r) & SUCCESS) == 0)
		return failed();
	channel = (uint32_t)r.d >> 16;
	cookie_high = r.si;
	cookie_low = r.di;
	length = message_send("info-get " KEY("state"));
	if (length == 0)
		length = message_receive(&text);
	free(text);
	step(6, 0, &r);
	return length;
}
