/*
 * A driver that asks for a setting when it is loaded, and receives again after a checkpoint, three times in all.
 * BUG=1: an answer that was given back is still remembered when the tries are used up; the caller reads and frees it.
 * BUG=2: the last try gives the answer back twice.
 */
#include "rpci-client.h"

struct answer {
	char	*text;
	size_t	size;
};

enum outcome { DONE, NOTHING, AGAIN, FAILED };

static void
drop(struct answer *a)
{
	kfree(a->text);
#if BUG == 0
	a->text = NULL;
#endif
}

static enum outcome
verdict(uint32_t status)
{
	return status & MESSAGE_STATUS_SUCCESS ? DONE : status & MESSAGE_STATUS_CPT ? AGAIN : FAILED;
}

static enum outcome
fetch(const struct rpc_channel *k, struct answer *a)
{
	const uint32_t wanted = MESSAGE_STATUS_SUCCESS | MESSAGE_STATUS_HB;
	struct regs r;
	uint32_t status = rpc_step(k, MESSAGE_TYPE_RECVSIZE, 0, &r), length = r.b;
	enum outcome outcome;

	if ((status & wanted) != wanted)
		return FAILED;
	if ((status & MESSAGE_STATUS_DORECV) == 0)
		return NOTHING;
	a->size = length;
	a->text = __kmalloc((size_t)length + 1, GFP_KERNEL | GFP_ZERO);
	if (a->text == NULL)
		return FAILED;
	outcome = verdict(rpc_payload_in(k, a->text, length));
	if (outcome == DONE)
		outcome = verdict(rpc_acknowledge(k));
	if (outcome != DONE)
		drop(a);
	return outcome;
}

static int
answer_of(const struct rpc_channel *k, struct answer *a)
{
	enum outcome outcome = AGAIN;
	int tries;

	for (tries = 0; outcome == AGAIN && tries < RETRIES; tries++)
		outcome = fetch(k, a);
	REACHED();
	TRIGGERED(outcome == AGAIN || (BUG != 2 && outcome == NOTHING && tries > 1));
#if BUG == 2
	if (outcome == AGAIN)
		drop(a);
	return outcome == DONE && a->text != NULL ? 0 : -1;
#elif BUG == 1
	return outcome == FAILED || a->text == NULL ? -1 : 0;
#else
	return outcome == DONE && a->text != NULL ? 0 : -1;
#endif
}

int
init_module(void)
{
	struct rpc_channel k;
	struct answer a = { NULL, 0 };

	if (rpc_open(&k) != 0)
		return 0;
	if (rpc_send(&k, "info-get " KEY("colour")) == 0 && answer_of(&k, &a) == 0) {
		_printk("\0016guest: %.20s\n", a.text);
		kfree(a.text);
	}
	rpc_close(&k);
	return 0;
}

void
cleanup_module(void)
{
}
