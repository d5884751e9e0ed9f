/*
 * A helper that hands the guest's clipboard to the host every 5 s. BUG: the NUL that ends the text is written behind
 * it, where the memory is another's.
 */
#include "linux.h"
#include "port.h"

#define EVERY	5
#include "poller.h"

#define BDOOR_CMD_SETSELLENGTH	0x08u
#define BDOOR_CMD_SETNEXTPIECE	0x09u

static void
host_clipboard(char *text, size_t length)
{
	size_t at, k;
	uint32_t word;
	struct regs r;

	REACHED();
	TRIGGERED(length > 0);
#if BUG
	text[length] = '\0';
	length = strlen(text);
#endif
	port_command(&r, 0xffff0000 | BDOOR_CMD_SETSELLENGTH, length);
	for (at = 0; at < length; at += 4) {
		for (word = 0, k = 0; k < 4 && at + k < length; k++)
			word |= (uint32_t)(uint8_t)text[at + k] << 8 * k;
		port_command(&r, 0xffff0000 | BDOOR_CMD_SETNEXTPIECE, word);
	}
}

/* What was copied, as the window system hands it over: so many bytes, and no NUL. */
static void
poll(void)
{
	static const char selection[] = "sixteen letters.";
	size_t length = sizeof(selection) - 1;
	char *text = __kmalloc(length, GFP_KERNEL);

	if (text != NULL) {
		memcpy(text, selection, length);
		host_clipboard(text, length);
		kfree(text);
	}
}

static void
removed(void)
{
}
