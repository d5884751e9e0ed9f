/*
 * A helper that takes the host's clipboard over every 5 s. BUG: the host's word for "no text" is taken for a length;
 * with the NUL behind it no byte is allocated.
 */
#include "linux.h"
#include "port.h"

#define EVERY	5
#include "poller.h"

#define BDOOR_CMD_GETSELLENGTH	0x06u
#define BDOOR_CMD_GETNEXTPIECE	0x07u
#define MOST	0xffffu

static void
poll(void)
{
	struct regs r;
	uint32_t length, at, count, word;
	char *text;

	length = port_command(&r, 0xffff0000 | BDOOR_CMD_GETSELLENGTH, 0);
	REACHED();
	TRIGGERED(length > MOST);
#if BUG
	if (length == 0)
		return;
#else
	if (length == 0 || length > MOST)
		return;
#endif
	text = __kmalloc(length + 1, GFP_KERNEL);
	if (text == NULL)
		return;
	for (at = 0; at < length; at += count) {
		count = length - at < 4 ? length - at : 4;
		word = port_command(&r, 0xffff0000 | BDOOR_CMD_GETNEXTPIECE, 0);
		memcpy(text + at, &word, count);
	}
	text[length] = '\0';
	kfree(text);
}

static void
removed(void)
{
}
