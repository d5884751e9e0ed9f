/*
 * vmt(4): a state change is reported by a request whose steps are tried once. BUG: where one of them fails, as at the
 * checkpoint of the very suspend that is reported, the report is forgotten.
 */
#include "toolbox.h"

/* @returns 0, or -1 for the first step that is no success. */
static int
request_plainly(const char *text)
{
	struct channel k;
	struct regs r;
	uint32_t length = strlen(text);
	char answer[ANSWER_ROOM];
	int result = -1;

	if (open_channel(&k, RPCI_PROTOCOL_NUM) != 0)
		return -1;
	if (step(&k, MESSAGE_TYPE_SENDSIZE, length, &r) != DONE)
		goto out;
	r = (struct regs){ BDOOR_MAGIC, BDOORHB_CMD_MESSAGE, length, (uint32_t)k.id << 16 | BDOORHB_PORT,
	    (unsigned long)text, k.low };
	port_outs(&r, k.high);
	if (judge(r.b) != DONE || step(&k, MESSAGE_TYPE_RECVSIZE, 0, &r) != DONE || (uint32_t)r.b >= ANSWER_ROOM)
		goto out;
	length = r.b;
	r = (struct regs){ BDOOR_MAGIC, BDOORHB_CMD_MESSAGE, length, (uint32_t)k.id << 16 | BDOORHB_PORT,
	    k.high, (unsigned long)answer };
	port_ins(&r, k.low);
	if (judge(r.b) == DONE && acknowledge(&k) == DONE)
		result = 0;
out:
	close_channel(&k);
	return result;
}

#define OWN_tell
PART void
tell(struct toolbox *tb)
{
	char text[] = "tools.os.statechange.status 1 0";
	unsigned int n;
	int result;

	while (tb->count > 0) {
		text[sizeof(text) - 2] = '0' + tb->reports[0];
		REACHED();
		result = request_plainly(text);
		TRIGGERED(result != 0);
#if !BUG
		if (result != 0 && request(text) < 0)
			break;
#endif
		tb->count--;
		for (n = 0; n < tb->count; n++)
			tb->reports[n] = tb->reports[n + 1];
	}
}

#include "toolbox-openbsd.h"
