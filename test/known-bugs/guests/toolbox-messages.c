/* Channels, and whole messages over them. */
#include "toolbox.h"

#ifndef OWN_judge
/* A status has known bits and no contradiction, or it is none. The low half is always 0. */
PART enum outcome
judge(uint32_t word)
{
	uint32_t status = word >> 16;
	int bad = (status & (MESSAGE_STATUS_OVER | MESSAGE_STATUS_CLOSED)) != 0;

	if ((word & 0xffff) != 0 || status > 0xff || (status & MESSAGE_STATUS_SUCCESS && bad))
		return UNSURE;
	if (status & MESSAGE_STATUS_SUCCESS)
		return DONE;
	if (status & MESSAGE_STATUS_CLOSED)
		return GONE;
	return bad ? AGAIN : status == 0 ? REFUSED : UNSURE;
}
#endif

PART enum outcome
step(const struct channel *k, uint32_t type, uint32_t argument, struct regs *r)
{
	*r = (struct regs){ BDOOR_MAGIC, argument, type << 16 | BDOOR_CMD_MESSAGE, (uint32_t)k->id << 16 | BDOOR_PORT,
	    k->high, k->low };
	port_in(r);
	return judge(r->c);
}

PART int
open_channel(struct channel *k, uint32_t protocol)
{
	struct regs r;

	*k = (struct channel){ 0, 0, 0, 0 };
	if (step(k, MESSAGE_TYPE_OPEN, protocol | GUESTMSG_FLAG_COOKIE, &r) != DONE ||
	    (uint32_t)r.c >> 16 != MESSAGE_STATUS_SUCCESS || (r.d & 0xffff) != 0)
		return -1;
	*k = (struct channel){ 1, (uint32_t)r.d >> 16, r.si, r.di };
	return 0;
}

#ifndef OWN_close_channel
/* Forgotten, whatever the host says to it: a channel that it will not close is the host's own. */
PART void
close_channel(struct channel *k)
{
	struct regs r;
	enum outcome outcome;
	int tries;

	for (tries = 0; k->open && tries < CLOSES; tries++) {
		outcome = step(k, MESSAGE_TYPE_CLOSE, 0, &r);
		if (outcome == DONE || outcome == GONE)
			break;
	}
	*k = (struct channel){ 0, 0, 0, 0 };
}
#endif

#ifndef OWN_send_words
/* Low bandwidth: four bytes a step, zeros behind the last. */
PART enum outcome
send_words(const struct channel *k, const char *data, uint32_t length)
{
	struct regs r;
	enum outcome outcome;
	uint32_t at, word, n;

	for (at = 0; at < length; at += 4) {
		for (word = 0, n = 0; n < 4 && at + n < length; n++)
			word |= (uint32_t)(uint8_t)data[at + n] << 8 * n;
		outcome = step(k, MESSAGE_TYPE_SENDPAYLOAD, word, &r);
		if (outcome == UNSURE && at + 4 < length)
			return AGAIN;	/* the host has not all of it */
		if (outcome != DONE)
			return outcome;
	}
	return DONE;
}
#endif

/* One attempt. `narrow`: by low bandwidth; set where the host refuses the other. */
PART enum outcome
send_once(const struct channel *k, const char *data, uint32_t length, int *narrow)
{
	struct regs r;
	enum outcome outcome = step(k, MESSAGE_TYPE_SENDSIZE, length, &r);

	if (outcome != DONE)
		return outcome == UNSURE ? AGAIN : outcome;	/* a length may be told twice */
	if (length == 0)
		return DONE;
	if (*narrow || ((uint32_t)r.c >> 16 & MESSAGE_STATUS_HB) == 0)
		return send_words(k, data, length);
	r = (struct regs){ BDOOR_MAGIC, BDOORHB_CMD_MESSAGE, length, (uint32_t)k->id << 16 | BDOORHB_PORT,
	    (unsigned long)data, k->low };
	port_outs(&r, k->high);
	outcome = judge(r.b);
	if (outcome == REFUSED)
		*narrow = 1;
	return outcome;
}

PART enum outcome
send_message(const struct channel *k, const char *data, uint32_t length)
{
	enum outcome outcome;
	int tries, narrow = 0;

	for (tries = 0; tries < TRANSFERS; tries++) {
		outcome = send_once(k, data, length, &narrow);
		if (outcome != REFUSED && outcome != AGAIN)
			return outcome;
	}
	return GONE;
}

#ifndef OWN_acknowledge
PART enum outcome
acknowledge(const struct channel *k)
{
	struct regs r;

	return step(k, MESSAGE_TYPE_RECVSTATUS, MESSAGE_STATUS_SUCCESS, &r);
}
#endif

/* Whether there is a message. An empty one is taken and passed over; one that is too long must be offered thrice. */
PART enum outcome
look(const struct channel *k, uint32_t room, struct offer *offer)
{
	struct regs r;
	enum outcome outcome;
	int tries, long_ones = 0;

	for (tries = 0; tries < TRANSFERS; tries++) {
		outcome = step(k, MESSAGE_TYPE_RECVSIZE, 0, &r);
		if (outcome == GONE)
			return GONE;
		if (outcome != DONE)
			continue;
		if (((uint32_t)r.c >> 16 & MESSAGE_STATUS_DORECV) == 0)
			return NOTHING;
		if ((uint32_t)r.d >> 16 != MESSAGE_TYPE_SENDSIZE)
			continue;
		*offer = (struct offer){ r.b, ((uint32_t)r.c >> 16 & MESSAGE_STATUS_HB) != 0 };
		if (offer->length == 0)
			acknowledge(k);
		else if (offer->length < room || ++long_ones == BELIEVED)
			return DONE;
	}
	return GONE;
}

PART enum outcome
fetch(const struct channel *k, char *data, uint32_t length, int wide)
{
	struct regs r;
	enum outcome outcome;
	uint32_t at, n;

	if (wide) {
		r = (struct regs){ BDOOR_MAGIC, BDOORHB_CMD_MESSAGE, length, (uint32_t)k->id << 16 | BDOORHB_PORT,
		    k->high, (unsigned long)data };
		port_ins(&r, k->low);
		return judge(r.b);
	}
	for (at = 0; at < length; at += 4) {
		outcome = step(k, MESSAGE_TYPE_RECVPAYLOAD, MESSAGE_STATUS_SUCCESS, &r);
		if (outcome != DONE)
			return outcome;
		if ((uint32_t)r.d >> 16 != MESSAGE_TYPE_SENDPAYLOAD)
			return UNSURE;
		for (n = 0; n < 4 && at + n < length; n++)
			data[at + n] = (uint32_t)r.b >> 8 * n;
	}
	return DONE;
}

/*
 * One whole message as a text; what does not fit is cut off. One that `known` does not know is fetched again until it
 * is believed. After a failed acknowledgement the host is asked what it offers.
 */
PART enum outcome
receive(const struct channel *k, char *data, uint32_t room, int (*known)(const char *))
{
	struct offer offer;
	enum outcome outcome;
	uint32_t n;
	int tries, doubts = 0, narrow = 0, acknowledged = 0;

	for (tries = 0; tries < TRANSFERS; tries++) {
		outcome = look(k, room, &offer);
		if (outcome == NOTHING && acknowledged)
			return DONE;
		if (outcome != DONE)
			return outcome;
		acknowledged = 0;
		for (n = 0; n < room; n++)
			data[n] = '\0';
		outcome = fetch(k, data, offer.length < room ? offer.length : room - 1, offer.wide && !narrow);
		if (outcome == REFUSED)
			narrow = 1;
		if (outcome == GONE)
			return GONE;
		if (outcome != DONE || (!known(data) && ++doubts < BELIEVED))
			continue;
		outcome = acknowledge(k);
		if (outcome == DONE || outcome == GONE)
			return outcome;
		acknowledged = outcome == UNSURE;
	}
	return GONE;
}
