/* A toolbox as a Linux module: it polls from a work queue. */
#include "toolbox.c"
#include "linux.h"

static struct delayed_work toolbox_work;
static struct toolbox toolbox;

PART void
again(struct toolbox *tb, int seconds)
{
	work_again(&toolbox_work, seconds * HZ);
}

/* Nothing that is modelled here: the host turns the machine off by itself after a while. */
PART void
power_off(struct toolbox *tb, int reboot)
{
}

static void
toolbox_poll(struct delayed_work *w)
{
	tick(&toolbox);
}

int
init_module(void)
{
	toolbox.buffer = __kmalloc(TCLO_ROOM, GFP_KERNEL | GFP_ZERO);
	if (toolbox.buffer == NULL)
		return -ENOMEM;
	toolbox_work.func = toolbox_poll;
	work_again(&toolbox_work, HZ);
	return 0;
}

void
cleanup_module(void)
{
	toolbox.down = 1;
	cancel_delayed_work_sync(&toolbox_work);
	close_channel(&toolbox.tclo);
	kfree(toolbox.buffer);
	toolbox.buffer = NULL;
}
