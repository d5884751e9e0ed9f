/*
 * A toolbox with two channels, one each way. BUG: where the second does not open, the first stays open and is
 * forgotten; the next start opens another.
 */
#include "toolbox.h"

static struct channel out;

#define OWN_start
PART int
start(struct toolbox *tb)
{
	int error;

	if (open_channel(&tb->tclo, TCLO_PROTOCOL_NUM) != 0)
		return -1;
	if (out.open)
		return 0;
	REACHED();
	error = open_channel(&out, RPCI_PROTOCOL_NUM);
	TRIGGERED(error != 0);
	if (error == 0)
		return 0;
#if BUG
	tb->tclo = (struct channel){ 0, 0, 0, 0 };
#else
	close_channel(&tb->tclo);
#endif
	return -1;
}

/* The second channel is for lines of the log. Where it fails, both are opened anew. */
#define OWN_besides
PART void
besides(struct toolbox *tb)
{
	if (!out.open || send_message(&out, "log guest: alive", 16) == DONE)
		return;
	close_channel(&out);
	close_channel(&tb->tclo);
}

#define cleanup_module	toolbox_cleanup
#include "toolbox-linux.h"
#undef cleanup_module
void	cleanup_module(void);

void
cleanup_module(void)
{
	toolbox_cleanup();
	close_channel(&out);
}
