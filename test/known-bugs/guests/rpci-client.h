/* A Linux client of RPCI as graphics drivers have it: open, send and receive by high bandwidth, close. */
#ifndef RPCI_CLIENT_H
#define RPCI_CLIENT_H

#include "linux.h"
#include "port.h"

#define STATUS(word)	((uint32_t)(word) >> 16)
#define MESSAGE_STATUS_SUCCESS	0x01u
#define MESSAGE_STATUS_DORECV	0x02u
#define MESSAGE_STATUS_CPT	0x10u
#define MESSAGE_STATUS_HB	0x80u

enum {
	MESSAGE_TYPE_OPEN, MESSAGE_TYPE_SENDSIZE, MESSAGE_TYPE_SENDPAYLOAD, MESSAGE_TYPE_RECVSIZE,
	MESSAGE_TYPE_RECVPAYLOAD, MESSAGE_TYPE_RECVSTATUS, MESSAGE_TYPE_CLOSE,
};

struct rpc_channel {
	uint16_t	id;
	uint32_t	cookie_high, cookie_low;
};

/* @returns the status. */
static inline uint32_t
rpc_step(const struct rpc_channel *k, uint32_t type, uint32_t argument, struct regs *r)
{
	*r = (struct regs){ BDOOR_MAGIC, argument, type << 16 | BDOOR_CMD_MESSAGE, BDOOR_PORT | (uint32_t)k->id << 16,
	    k->cookie_high, k->cookie_low };
	port_in(r);
	return STATUS(r->c);
}

static inline int
rpc_open(struct rpc_channel *k)
{
	struct regs r;

	*k = (struct rpc_channel){ 0, 0, 0 };
	if ((rpc_step(k, MESSAGE_TYPE_OPEN, 0x49435052u | 0x80000000u, &r) & MESSAGE_STATUS_SUCCESS) == 0)
		return -EINVAL;
	*k = (struct rpc_channel){ r.d >> 16, r.si, r.di };
	return 0;
}

static inline int
rpc_close(const struct rpc_channel *k)
{
	struct regs r;

	return rpc_step(k, MESSAGE_TYPE_CLOSE, 0, &r) & MESSAGE_STATUS_SUCCESS ? 0 : -EINVAL;
}

/* @returns the status. */
static inline uint32_t
rpc_payload_out(const struct rpc_channel *k, const void *data, size_t length)
{
	struct regs r = { BDOOR_MAGIC, BDOORHB_CMD_MESSAGE, length, BDOORHB_PORT | (uint32_t)k->id << 16,
	    (unsigned long)data, k->cookie_low };

	port_outs(&r, k->cookie_high);
	return STATUS(r.b);
}

/* @returns the status. */
static inline uint32_t
rpc_payload_in(const struct rpc_channel *k, void *data, size_t length)
{
	struct regs r = { BDOOR_MAGIC, BDOORHB_CMD_MESSAGE, length, BDOORHB_PORT | (uint32_t)k->id << 16,
	    k->cookie_high, (unsigned long)data };

	port_ins(&r, k->cookie_low);
	return STATUS(r.b);
}

#define RETRIES	3

static inline int
rpc_send(const struct rpc_channel *k, const char *text)
{
	size_t length = strlen(text);
	struct regs r;
	uint32_t status;
	int tries;

	for (tries = 0; tries < RETRIES; tries++) {
		status = rpc_step(k, MESSAGE_TYPE_SENDSIZE, length, &r);
		if ((status & MESSAGE_STATUS_SUCCESS) == 0 || (status & MESSAGE_STATUS_HB) == 0)
			return -EINVAL;
		status = rpc_payload_out(k, text, length);
		if (status & MESSAGE_STATUS_SUCCESS)
			return 0;
		if ((status & MESSAGE_STATUS_CPT) == 0)
			break;
	}
	return -EINVAL;
}

/* Whether there is a message, and of how many bytes. @returns 0, or -EINVAL for none. */
static inline int
rpc_offered(const struct rpc_channel *k, uint32_t *length)
{
	const uint32_t wanted = MESSAGE_STATUS_SUCCESS | MESSAGE_STATUS_DORECV | MESSAGE_STATUS_HB;
	struct regs r;

	if ((rpc_step(k, MESSAGE_TYPE_RECVSIZE, 0, &r) & wanted) != wanted)
		return -EINVAL;
	*length = r.b;
	return 0;
}

/* @returns the status. */
static inline uint32_t
rpc_acknowledge(const struct rpc_channel *k)
{
	struct regs r;

	return rpc_step(k, MESSAGE_TYPE_RECVSTATUS, MESSAGE_STATUS_SUCCESS, &r);
}

#endif
