/*
 * A toolbox in a language with byte slices. BUG: of the three bytes that are left over when a message is sent by low
 * bandwidth, the first goes last and a zero goes first. "OK " is such a message.
 */
#include "toolbox.h"

#define OWN_send_words
PART enum outcome
send_words(const struct channel *k, const char *data, uint32_t length)
{
	const uint8_t *bytes = (const uint8_t *)data;
	struct regs r;
	enum outcome outcome;
	uint32_t at, left, word;

	for (at = 0; at < length; at += 4) {
		left = length - at;
		word = bytes[at];
		REACHED();
		TRIGGERED(left == 3);
		if (left == 3)
#if BUG
			word = (uint32_t)bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8;
#else
			word |= bytes[at + 1] << 8 | bytes[at + 2] << 16;
#endif
		else if (left >= 2) {
			word |= bytes[at + 1] << 8;
			if (left >= 4)
				word |= bytes[at + 2] << 16 | (uint32_t)bytes[at + 3] << 24;
		}
		outcome = step(k, MESSAGE_TYPE_SENDPAYLOAD, word, &r);
		if (outcome == UNSURE && left > 4)
			return AGAIN;
		if (outcome != DONE)
			return outcome;
	}
	return DONE;
}

#include "toolbox-linux.h"
