/*
 * VMware's side, as far as the driver asks for it: eight message channels, RPCI that says "1 " to everything, a whole
 * TCLO session (reset, what follows its greeting, a ping every 15 s when idle), and the time.
 */
#include "driver.h"

#include <string.h>

#define BDOOR_MAGIC		0x564d5868u
#define BDOOR_CMD_MESSAGE	0x1eu
#define BDOOR_CMD_GETTIMEFULL	0x2eu
#define MESSAGE_SUCCESS		0x0001u
#define MESSAGE_DORECV		0x0002u
#define MESSAGE_HB		0x0080u
#define RPCI			0x49435052u
#define TCLO			0x4f4c4354u
#define COOKIE			0x80000000u
#define CHANNELS		8
#define LONGEST			65536
#define MOST_QUEUED		8
#define SECOND			1000000000ull
#define EPOCH			1706140800ull

enum { OPEN, SENDSIZE, SENDPAYLOAD, RECVSIZE, RECVPAYLOAD, RECVSTATUS, CLOSE };

struct channel {
	uint32_t protocol;	/* 0: not open */
	uint32_t cookies[2];
	uint32_t incoming_size;
	uint32_t incoming_at;
	uint32_t outgoing_size;
	uint32_t outgoing_at;
	bool posted;
	bool sized;
};

/* The contents of a channel's buffers are not part of its state: no message outlives a run. */
static uint8_t incoming[CHANNELS][LONGEST];
static const char *outgoing[CHANNELS];

static struct {
	struct channel channels[CHANNELS];
	uint32_t cookie;
	/* The TCLO session; there is one channel of it at a time. */
	const char *queue[MOST_QUEUED];
	unsigned queued;
	const char *outstanding;
	bool asked;
	bool greeted;
	uint64_t ping_due;
} host;

void host_reset(void)
{
	memset(&host, 0, sizeof(host));
	host.ping_due = NEVER;
}

static void post(unsigned id, const char *text)
{
	struct channel *channel = &host.channels[id];

	outgoing[id] = text;
	channel->outgoing_size = (uint32_t)strlen(text);
	channel->outgoing_at = 0;
	channel->posted = true;
	channel->sized = false;
}

/* Posts the next message of the session when none is on its way. */
static void pump(unsigned id)
{
	if (host.channels[id].posted || host.outstanding != NULL)
		return;
	if (host.queued > 0) {
		post(id, host.queue[0]);
		host.queued--;
		memmove(host.queue, host.queue + 1, host.queued * sizeof(host.queue[0]));
		host.ping_due = NEVER;
	} else if (host.greeted) {
		host.ping_due = (now / (15 * SECOND) + 1) * (15 * SECOND);
	}
}

static void queue(const char *text)
{
	if (host.queued == MOST_QUEUED)
		fail("too many messages wait on TCLO");
	host.queue[host.queued++] = text;
}

uint64_t host_deadline(void)
{
	return host.ping_due;
}

void host_advance(void)
{
	if (now < host.ping_due)
		return;
	host.ping_due = NEVER;
	queue("ping");
	for (unsigned id = 0; id < CHANNELS; id++)
		if (host.channels[id].protocol == TCLO)
			pump(id);
}

static void received(unsigned id, const uint8_t *text, uint32_t length)
{
	if (host.channels[id].protocol == RPCI) {
		if (length == 0)
			return;
		note("rpci", text, length);
		post(id, "1 ");
		return;
	}
	if (length == 0) {
		if (!host.asked) {
			host.asked = true;
			queue("reset");
			pump(id);
		}
		return;
	}
	note("reply", text, length);
	if (host.outstanding == NULL)
		fail("an answer without a request");
	if (strcmp(host.outstanding, "reset") == 0 && length > 7 && memcmp(text, "OK ATR ", 7) == 0) {
		host.greeted = true;
		queue("Capabilities_Register");
		queue("Set_Option broadcastIP 1");
		queue("OS_PowerOn");
	}
	host.outstanding = NULL;
	pump(id);
}

/* The open channel that the registers name, if the cookies are its own. */
static struct channel *find(uint64_t rdx, uint64_t cookie0, uint64_t cookie1)
{
	uint32_t id = (uint32_t)rdx >> 16;
	struct channel *channel = &host.channels[id % CHANNELS];

	if (id >= CHANNELS || channel->protocol == 0)
		return NULL;
	if (channel->cookies[0] != (uint32_t)cookie0 || channel->cookies[1] != (uint32_t)cookie1)
		return NULL;
	return channel;
}

static uint32_t open_channel(uint64_t *frame)
{
	uint32_t protocol = (uint32_t)frame[RBX] & ~COOKIE;

	if (protocol != RPCI && protocol != TCLO)
		return 0;
	for (uint32_t id = 0; id < CHANNELS; id++) {
		struct channel *channel = &host.channels[id];
		if (channel->protocol != 0)
			continue;
		memset(channel, 0, sizeof(*channel));
		channel->protocol = protocol;
		channel->cookies[0] = host.cookie += 0x9e3779b9u;
		channel->cookies[1] = host.cookie += 0x9e3779b9u;
		frame[RDX] = id << 16;
		frame[RSI] = channel->cookies[0];
		frame[RDI] = channel->cookies[1];
		return MESSAGE_SUCCESS;
	}
	return 0;
}

static uint32_t message(uint64_t *frame)
{
	uint32_t step = (uint32_t)frame[RCX] >> 16;
	struct channel *channel;

	if (step == OPEN)
		return open_channel(frame);
	channel = find(frame[RDX], frame[RSI], frame[RDI]);
	if (channel == NULL)
		return 0;
	unsigned id = (unsigned)(channel - host.channels);
	switch (step) {
	case SENDSIZE:
		if ((uint32_t)frame[RBX] > LONGEST)
			return 0;
		channel->incoming_size = (uint32_t)frame[RBX];
		channel->incoming_at = 0;
		if (channel->incoming_size == 0)
			received(id, NULL, 0);
		return MESSAGE_SUCCESS | MESSAGE_HB;
	case RECVSIZE:
		frame[RBX] = 0;
		frame[RDX] = 0;
		if (!channel->posted)
			return MESSAGE_SUCCESS | MESSAGE_HB;
		channel->sized = true;
		channel->outgoing_at = 0;
		frame[RBX] = channel->outgoing_size;
		frame[RDX] = SENDSIZE << 16;
		return MESSAGE_SUCCESS | MESSAGE_HB | MESSAGE_DORECV;
	case RECVSTATUS:
		if (!channel->posted || !channel->sized)
			return 0;
		channel->posted = false;
		if (channel->protocol == TCLO)
			host.outstanding = outgoing[id];
		return MESSAGE_SUCCESS;
	case CLOSE:
		channel->protocol = 0;
		return MESSAGE_SUCCESS;
	default:
		return 0;
	}
}

static void time_full(uint64_t *frame)
{
	uint64_t second = EPOCH + now / SECOND;

	frame[RAX] = BDOOR_MAGIC;
	frame[RSI] = second >> 32;
	frame[RDX] = (uint32_t)second;
	frame[RBX] = now % SECOND / 1000;
	frame[RCX] = 1000000;
}

void host_call(uint64_t *frame)
{
	if ((uint32_t)frame[RAX] != BDOOR_MAGIC)
		fail("no magic");
	host_advance();
	switch (frame[RCX] & 0xffff) {
	case BDOOR_CMD_MESSAGE: {
		uint32_t status = message(frame);
		frame[RAX] = status & MESSAGE_SUCCESS;
		frame[RCX] = status << 16;
		break;
	}
	case BDOOR_CMD_GETTIMEFULL:
		time_full(frame);
		break;
	default:
		frame[RAX] = 0xffffffff;
	}
}

void host_send(uint64_t *frame, const uint8_t *data, uint32_t length)
{
	struct channel *channel = find(frame[RDX], frame[RBP], frame[RDI]);

	frame[RBX] = 0;
	host_advance();
	if (channel == NULL || length > channel->incoming_size - channel->incoming_at)
		return;
	unsigned id = (unsigned)(channel - host.channels);
	memcpy(incoming[id] + channel->incoming_at, data, length);
	channel->incoming_at += length;
	if (channel->incoming_at == channel->incoming_size)
		received(id, incoming[id], channel->incoming_size);
	frame[RBX] = MESSAGE_SUCCESS << 16;
}

uint32_t host_receive(uint64_t *frame, uint8_t *data, uint32_t room)
{
	struct channel *channel = find(frame[RDX], frame[RSI], frame[RBP]);

	frame[RBX] = 0;
	host_advance();
	if (channel == NULL || !channel->posted || !channel->sized)
		return 0;
	uint32_t left = channel->outgoing_size - channel->outgoing_at;
	uint32_t length = room < left ? room : left;
	memcpy(data, outgoing[channel - host.channels] + channel->outgoing_at, length);
	channel->outgoing_at += length;
	frame[RBX] = MESSAGE_SUCCESS << 16;
	return length;
}
