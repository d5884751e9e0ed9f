/*
 * A balloon that asks each second for its target, and starts anew when the host says so. BUG: where the host refuses
 * the new start, the lock stays with who failed, and the next second waits for it for ever.
 */
#include "linux.h"
#include "port.h"

#define BALLOON_MAGIC		0x456c6d6fu
#define BALLOON_PORT		0x5670u
#define BALLOON_START		0
#define BALLOON_GET_TARGET	1
#define BALLOON_CAPABILITIES	0x2u	/* basic commands */
#define BALLOON_SUCCESS		0
#define BALLOON_RESET		7
#define BALLOON_WITH_CAPABILITIES	0x03000000u

struct rw_semaphore {
	unsigned long	words[8];
};

void	__init_rwsem(struct rw_semaphore *, const char *, void *);
void	down_read(struct rw_semaphore *);
void	up_read(struct rw_semaphore *);
void	down_write(struct rw_semaphore *);
void	up_write(struct rw_semaphore *);

static struct delayed_work work;
static struct rw_semaphore configuration;
static unsigned long target;
static int reset_required = 1;

static uint32_t
balloon(uint32_t command, uint32_t argument, unsigned long *result)
{
	struct regs r = { BALLOON_MAGIC, argument, command, BALLOON_PORT, 0, 0 };

	port_in(&r);
	if (result != NULL && (uint32_t)r.a == BALLOON_SUCCESS)
		*result = r.b;
	if ((uint32_t)r.a == BALLOON_RESET)
		reset_required = 1;
	return r.a;
}

static void
reset(void)
{
	uint32_t status;

	down_write(&configuration);
	REACHED();
	status = balloon(BALLOON_START, BALLOON_CAPABILITIES, NULL);
	TRIGGERED(status != BALLOON_SUCCESS && status != BALLOON_WITH_CAPABILITIES);
	if (status != BALLOON_SUCCESS && status != BALLOON_WITH_CAPABILITIES) {
#if !BUG
		up_write(&configuration);
#endif
		return;
	}
	target = 0;
	reset_required = 0;
	up_write(&configuration);
}

static void
poll(struct delayed_work *w)
{
	if (reset_required)
		reset();
	down_read(&configuration);
	if (!reset_required)
		balloon(BALLOON_GET_TARGET, 0x100000, &target);
	up_read(&configuration);
	work_again(w, HZ);
}

int
init_module(void)
{
	__init_rwsem(&configuration, "configuration", NULL);
	work.func = poll;
	work_again(&work, HZ);
	return 0;
}

void
cleanup_module(void)
{
	cancel_delayed_work_sync(&work);
	if (!reset_required)
		balloon(BALLOON_START, 0, NULL);
}
