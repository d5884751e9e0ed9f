/* A guest that serves TCLO, and tells the host of state changes by RPCI. All of its parts are sound. */
#include "toolbox-messages.c"

PART int
yes(const char *answer)
{
	return answer[0] == '1' && answer[1] == ' ';
}

/* A request on a channel of its own. @returns 0; 1: the host said no; -1: nothing is known of it. */
PART int
request_once(const char *text)
{
	struct channel k;
	char answer[ANSWER_ROOM];
	enum outcome outcome;

	if (open_channel(&k, RPCI_PROTOCOL_NUM) != 0)
		return -1;
	outcome = send_message(&k, text, strlen(text));
	if (outcome == DONE)
		outcome = receive(&k, answer, sizeof(answer), yes);
	close_channel(&k);
	return outcome != DONE ? -1 : yes(answer) ? 0 : 1;
}

PART int
request(const char *text)
{
	int result = -1, tries;

	for (tries = 0; tries < REQUESTS && result != 0; tries++)
		result = request_once(text);
	return result;
}

PART void
report(struct toolbox *tb, uint8_t state)
{
	if (tb->count < MOST_REPORTS)
		tb->reports[tb->count++] = state;
	tell(tb);
}

#define STATE_CHANGE	"tools.os.statechange.status 1 0"

#ifndef OWN_tell
/* What the host has not heard of, until it has. */
PART void
tell(struct toolbox *tb)
{
	char text[] = STATE_CHANGE;
	unsigned int n;

	while (tb->count > 0) {
		text[sizeof(STATE_CHANGE) - 2] = '0' + tb->reports[0];
		if (request(text) < 0)
			break;
		tb->count--;
		for (n = 0; n < tb->count; n++)
			tb->reports[n] = tb->reports[n + 1];
	}
}
#endif

/* One answer to a request. Where it is refused the host may have gone on: then it wants none any more. */
PART void
reply(struct toolbox *tb, const char *text)
{
	struct offer offer;
	enum outcome outcome;
	int tries, narrow = 0;

	for (tries = 0; tries < TRANSFERS; tries++) {
		outcome = send_once(&tb->tclo, text, strlen(text), &narrow);
		if (outcome == DONE)
			return;
		if (outcome != REFUSED && outcome != AGAIN)
			break;
		outcome = look(&tb->tclo, TCLO_ROOM, &offer);
		if (outcome == DONE)
			return;
		if (outcome != NOTHING)
			break;
	}
	tb->lost = 1;
}

#ifndef OWN_option
/* The host asks for an address: there is none to tell, and that is no error. */
PART void
option(struct toolbox *tb)
{
	reply(tb, "OK ");
}
#endif

#ifndef OWN_unknown
PART void
unknown(struct toolbox *tb)
{
	reply(tb, "ERROR Unknown command");
}
#endif

PART void
greet(struct toolbox *tb)
{
	reply(tb, "OK ATR toolbox");
}

PART void
agree(struct toolbox *tb)
{
	reply(tb, "OK ");
}

static const struct service {
	const char	*name;
	uint8_t		state;	/* to report */
	void		(*serve)(struct toolbox *);
} services[] = {
	{ "reset", 0, greet },
	{ "ping", 0, agree },
	{ "Capabilities_Register", 0, agree },
	{ "Set_Option broadcastIP 1", 0, option },
	{ "OS_Halt", 1, agree },
	{ "OS_Reboot", 2, agree },
	{ "OS_PowerOn", 3, agree },
	{ "OS_Resume", 4, agree },
	{ "OS_Suspend", 5, agree },
};

#define SERVICES	(sizeof(services) / sizeof(services[0]))

PART unsigned int
find(const char *text)
{
	unsigned int n = 0;

	while (n < SERVICES && strcmp(services[n].name, text) != 0)
		n++;
	return n;
}

PART int
known(const char *text)
{
	return find(text) < SERVICES;
}

PART void
serve(struct toolbox *tb, const char *text)
{
	unsigned int n = find(text);

	if (n == SERVICES) {
		unknown(tb);
		return;
	}
	if (services[n].state != 0)
		report(tb, services[n].state);
	services[n].serve(tb);
	if (services[n].state == 1 || services[n].state == 2)
		power_off(tb, services[n].state == 2);
}

#ifndef OWN_start
PART int
start(struct toolbox *tb)
{
	return open_channel(&tb->tclo, TCLO_PROTOCOL_NUM);
}
#endif

#ifndef OWN_failed
/* @returns the seconds to the next attempt: 1, 2, 4, 8, 8... */
PART int
failed(struct toolbox *tb)
{
	close_channel(&tb->tclo);
	tb->delay = tb->delay == 0 ? 1 : tb->delay < 8 ? 2 * tb->delay : 8;
	return tb->delay;
}
#endif

/* One request, if there is one. @returns the seconds to the next time. */
PART int
poll(struct toolbox *tb)
{
	enum outcome outcome;

	if (!tb->tclo.open) {
		if (start(tb) != 0)
			return failed(tb);
		tb->idle = 1;	/* the host begins when it has heard of the guest */
	}
	if (tb->idle && send_message(&tb->tclo, NULL, 0) != DONE)
		return failed(tb);
	outcome = receive(&tb->tclo, tb->buffer, TCLO_ROOM, known);
	if (outcome == GONE)
		return failed(tb);
	tb->delay = 0;
	tb->idle = outcome == NOTHING;
	if (outcome == NOTHING)
		return 1;
	tb->lost = 0;
	serve(tb, tb->buffer);
	return tb->lost ? failed(tb) : 0;
}

#ifndef OWN_besides
/* What else there is to do when a poll has found nothing. */
PART void
besides(struct toolbox *tb)
{
}
#endif

PART void
tick(struct toolbox *tb)
{
	int delay;

	if (tb->down)
		return;
	delay = poll(tb);
	if (delay > 0)
		tell(tb);
	if (tb->tclo.open && tb->idle)
		besides(tb);
	if (!tb->down)
		again(tb, delay);
}
