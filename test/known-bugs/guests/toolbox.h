/*
 * A guest that serves TCLO: what its parts share. toolbox-messages.c and toolbox.c hold the parts; a face (toolbox-linux.h and its like)
 * puts them into a kernel. A bug's file defines OWN_name and that function itself, with and without the bug, between
 * the two headers and the part it takes the place of.
 */
#ifndef TOOLBOX_H
#define TOOLBOX_H

#include "guest.h"
#include "port.h"

#define PART	static __attribute__((unused))

#define RPCI_PROTOCOL_NUM	0x49435052u
#define TCLO_PROTOCOL_NUM	0x4f4c4354u
#define GUESTMSG_FLAG_COOKIE	0x80000000u

enum {
	MESSAGE_TYPE_OPEN, MESSAGE_TYPE_SENDSIZE, MESSAGE_TYPE_SENDPAYLOAD, MESSAGE_TYPE_RECVSIZE,
	MESSAGE_TYPE_RECVPAYLOAD, MESSAGE_TYPE_RECVSTATUS, MESSAGE_TYPE_CLOSE,
};

#define MESSAGE_STATUS_SUCCESS	0x01u
#define MESSAGE_STATUS_DORECV	0x02u
#define MESSAGE_STATUS_CLOSED	0x04u
#define MESSAGE_STATUS_HB	0x80u
/* The message was withdrawn, a checkpoint, power off, a timeout: the transfer may start over. */
#define MESSAGE_STATUS_OVER	0x78u

/* What came of a step, or of a whole transfer. */
enum outcome {
	DONE,
	NOTHING,	/* asked for a message: there is none */
	REFUSED,
	AGAIN,		/* the transfer starts over on the same channel */
	UNSURE,		/* no status: done or not done */
	GONE,		/* close the channel and open another */
};

/* Bounds: transfers of one message, requests of one thing, CLOSEs of one channel, readings until one is believed. */
#define TRANSFERS	8
#define REQUESTS	4
#define CLOSES		3
#define BELIEVED	3

struct channel {
	int		open;
	uint16_t	id;
	uint32_t	high, low;
};

struct offer {
	uint32_t	length;
	int		wide;	/* high bandwidth */
};

#define TCLO_ROOM	512
#define ANSWER_ROOM	64
#define MOST_REPORTS	8

struct toolbox {
	struct channel	tclo;
	char		*buffer;	/* of TCLO_ROOM bytes */
	int		idle;		/* nothing outstanding: begin with an empty message */
	int		lost;		/* an answer did not get through */
	int		delay;		/* seconds to the next attempt */
	int		down;		/* open nothing any more */
	uint8_t		reports[MOST_REPORTS];	/* state changes that the host has not heard of, oldest first */
	unsigned int	count;
};

/* What a kernel has, or the compiler calls. */
size_t	strlen(const char *);
int	strcmp(const char *, const char *);

/* The parts. */
PART enum outcome judge(uint32_t);
PART enum outcome step(const struct channel *, uint32_t type, uint32_t argument, struct regs *);
PART int	open_channel(struct channel *, uint32_t protocol);
PART void	close_channel(struct channel *);
PART enum outcome send_words(const struct channel *, const char *, uint32_t);
PART enum outcome send_once(const struct channel *, const char *, uint32_t, int *narrow);
PART enum outcome send_message(const struct channel *, const char *, uint32_t);
PART enum outcome acknowledge(const struct channel *);
PART enum outcome look(const struct channel *, uint32_t room, struct offer *);
PART enum outcome receive(const struct channel *, char *, uint32_t room, int (*known)(const char *));
PART int	request_once(const char *);
PART int	request(const char *);
PART void	report(struct toolbox *, uint8_t state);
PART void	tell(struct toolbox *);
PART void	reply(struct toolbox *, const char *);
PART void	option(struct toolbox *);
PART void	unknown(struct toolbox *);
PART void	besides(struct toolbox *);
PART int	start(struct toolbox *);
PART int	failed(struct toolbox *);
PART int	poll(struct toolbox *);
PART void	tick(struct toolbox *);

/* A face's: come again after so many seconds (0: soon), and the machine goes down. */
PART void	again(struct toolbox *, int seconds);
PART void	power_off(struct toolbox *, int reboot);

#endif
