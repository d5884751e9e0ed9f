/* The OpenBSD kernel around the driver: the functions that it calls in a run without trouble, tasks and timeouts. */
#include "driver.h"

#include <stdio.h>
#include <string.h>

#define SECOND		1000000000ull
#define TICK		(SECOND / 100)
#define BOOT_TIME	1706745600ull
#define M_ZERO		0x8
#define MOST		8	/* tasks, and timeouts */
#define CLASSES		24	/* powers of two */
#define LONGEST_TEXT	4096

struct handler {
	uint64_t key;		/* the address of its structure; 0: none */
	uint64_t at;		/* timeouts: when it is due */
	uint64_t order;		/* of two of one time the one armed first goes first */
	uint64_t function;
	uint64_t argument;
};

struct state {
	struct handler tasks[MOST];
	struct handler timeouts[MOST];
	uint64_t queue[MOST];
	unsigned queued;
	uint64_t armed;
	uint64_t heap_top;
	uint64_t heap_end;
	uint64_t free_blocks[CLASSES];	/* a freed block's first word is the next one's address */
};

static struct state kernel, snapshot;

void kernel_snapshot(void)
{
	snapshot = kernel;
}

void kernel_restore(void)
{
	kernel = snapshot;
}

static struct handler *find(struct handler *list, uint64_t key)
{
	for (unsigned i = 0; i < MOST; i++)
		if (list[i].key == key)
			return &list[i];
	return NULL;
}

static struct handler *add(struct handler *list, uint64_t key)
{
	struct handler *handler = find(list, key);

	if (handler == NULL)
		handler = find(list, 0);
	if (handler == NULL)
		fail("too many tasks or timeouts");
	handler->key = key;
	return handler;
}

void kernel_set_heap(uint64_t top, uint64_t end)
{
	kernel.heap_top = (top + 63) & ~63ull;
	kernel.heap_end = end;
}

void kernel_set_task(uint64_t task, uint64_t function, uint64_t argument)
{
	struct handler *handler = add(kernel.tasks, task);

	handler->function = function;
	handler->argument = argument;
}

void kernel_queue(uint64_t task)
{
	for (unsigned i = 0; i < kernel.queued; i++)
		if (kernel.queue[i] == task)
			return;
	if (kernel.queued == MOST)
		fail("too many tasks are queued");
	kernel.queue[kernel.queued++] = task;
}

void kernel_set_timeout(uint64_t timeout, uint64_t at, uint64_t function, uint64_t argument)
{
	struct handler *handler = add(kernel.timeouts, timeout);

	handler->at = at;
	handler->order = kernel.armed++;
	handler->function = function;
	handler->argument = argument;
}

static struct handler *next_timeout(void)
{
	struct handler *next = NULL;

	for (unsigned i = 0; i < MOST; i++) {
		struct handler *one = &kernel.timeouts[i];
		if (one->key == 0 || one->at == NEVER)
			continue;
		if (next == NULL || one->at < next->at || (one->at == next->at && one->order < next->order))
			next = one;
	}
	return next;
}

uint64_t kernel_deadline(void)
{
	struct handler *next = next_timeout();

	if (kernel.queued > 0)
		return now;
	return next == NULL ? NEVER : next->at;
}

void kernel_step(void)
{
	if (kernel.queued > 0) {
		struct handler *task = find(kernel.tasks, kernel.queue[0]);
		kernel.queued--;
		memmove(kernel.queue, kernel.queue + 1, kernel.queued * sizeof(kernel.queue[0]));
		if (task == NULL)
			fail("a task that was never set");
		call_guest(task->function, task->argument);
		return;
	}
	struct handler *timeout = next_timeout();
	if (timeout == NULL || timeout->at > now)
		return;
	timeout->at = NEVER;
	call_guest(timeout->function, timeout->argument);
}

static unsigned class_of(uint64_t size)
{
	unsigned class = 4;

	while ((1ull << class) < size)
		class++;
	if (class >= CLASSES)
		fail("a block of %llu bytes", (unsigned long long)size);
	return class;
}

static uint64_t do_malloc(const struct stub_call *call)
{
	unsigned class = class_of(call->args[0]);
	uint64_t size = 1ull << class;
	uint64_t address = kernel.free_blocks[class];

	if (address != 0) {
		memcpy(&kernel.free_blocks[class], memory_to_read(address, 8), 8);
	} else {
		if (kernel.heap_end - kernel.heap_top < size)
			fail("the heap is used up");
		address = kernel.heap_top;
		kernel.heap_top += size;
	}
	if (call->args[2] & M_ZERO)
		memset(memory_to_write(address, call->args[0]), 0, call->args[0]);
	return address;
}

static uint64_t do_free(const struct stub_call *call)
{
	unsigned class = class_of(call->args[2]);

	if (call->args[0] == 0)
		return 0;
	memcpy(memory_to_write(call->args[0], 8), &kernel.free_blocks[class], 8);
	kernel.free_blocks[class] = call->args[0];
	return 0;
}

static const char *text_at(uint64_t address)
{
	return (const char *)memory_to_read(address, 1);
}

static uint64_t do_bzero(const struct stub_call *call)
{
	memset(memory_to_write(call->args[0], call->args[1]), 0, call->args[1]);
	return 0;
}

static uint64_t do_bcopy(const struct stub_call *call)
{
	memmove(memory_to_write(call->args[1], call->args[2]), memory_to_read(call->args[0], call->args[2]), call->args[2]);
	return 0;
}

static uint64_t do_memcmp(const struct stub_call *call)
{
	return (uint32_t)memcmp(memory_to_read(call->args[0], call->args[2]), memory_to_read(call->args[1], call->args[2]),
	    call->args[2]);
}

static uint64_t do_strlen(const struct stub_call *call)
{
	return strlen(text_at(call->args[0]));
}

static uint64_t do_strcmp(const struct stub_call *call)
{
	return (uint32_t)strcmp(text_at(call->args[0]), text_at(call->args[1]));
}

static uint64_t do_strncmp(const struct stub_call *call)
{
	return (uint32_t)strncmp(text_at(call->args[0]), text_at(call->args[1]), call->args[2]);
}

static uint64_t do_strncpy(const struct stub_call *call)
{
	strncpy((char *)memory_to_write(call->args[0], call->args[2]), text_at(call->args[1]), call->args[2]);
	return call->args[0];
}

static uint64_t do_strlcpy(const struct stub_call *call)
{
	const char *from = text_at(call->args[1]);
	uint64_t length = strlen(from), room = call->args[2];
	uint64_t fits = room == 0 ? 0 : length < room - 1 ? length : room - 1;

	if (room > 0) {
		uint8_t *to = memory_to_write(call->args[0], fits + 1);
		memmove(to, from, fits);
		to[fits] = '\0';
	}
	return length;
}

/* The next integer or pointer of a va_list (System V ABI, AMD64 supplement, 3.5.7). */
static uint64_t next_argument(uint64_t list)
{
	uint8_t *area = memory_to_write(list, 24);
	uint32_t used;
	uint64_t at, value;

	memcpy(&used, area, 4);
	if (used < 48) {
		memcpy(&at, area + 16, 8);
		at += used;
		used += 8;
		memcpy(area, &used, 4);
	} else {
		uint64_t next;
		memcpy(&at, area + 8, 8);
		next = at + 8;
		memcpy(area + 8, &next, 8);
	}
	memcpy(&value, memory_to_read(at, 8), 8);
	return value;
}

/* %d %u %x %s %%, with ll: what the driver's texts have. */
static uint64_t do_vsnprintf(const struct stub_call *call)
{
	const char *format = text_at(call->args[2]);
	uint64_t list = call->args[3], room = call->args[1];
	char text[LONGEST_TEXT];
	size_t length = 0;

	for (; *format != '\0'; format++) {
		char number[32];
		const char *piece = number;
		bool wide = false;

		if (*format != '%') {
			number[0] = *format;
			number[1] = '\0';
		} else {
			for (format++; *format == 'l'; format++)
				wide = true;
			switch (*format) {
			case 'd': {
				uint64_t value = next_argument(list);
				snprintf(number, sizeof(number), "%lld", wide ? (long long)value : (long long)(int32_t)value);
				break;
			}
			case 'u':
			case 'x': {
				uint64_t value = next_argument(list);
				snprintf(number, sizeof(number), *format == 'u' ? "%llu" : "%llx",
				    wide ? (unsigned long long)value : (unsigned long long)(uint32_t)value);
				break;
			}
			case 's':
				piece = text_at(next_argument(list));
				break;
			case '%':
				piece = "%";
				break;
			default:
				fail("vsnprintf: %%%c", *format);
			}
		}
		size_t size = strlen(piece);
		if (length + size >= sizeof(text))
			fail("vsnprintf: a text that is too long");
		memcpy(text + length, piece, size);
		length += size;
	}
	if (room > 0) {
		size_t fits = length < room - 1 ? length : room - 1;
		uint8_t *to = memory_to_write(call->args[0], fits + 1);
		memcpy(to, text, fits);
		to[fits] = '\0';
	}
	return length;
}

static uint64_t do_getuptime(const struct stub_call *call)
{
	(void)call;
	return now / SECOND;
}

static uint64_t do_microtime(const struct stub_call *call)
{
	uint64_t time[2] = { BOOT_TIME + now / SECOND, now % SECOND / 1000 };

	memcpy(memory_to_write(call->args[0], sizeof(time)), time, sizeof(time));
	return 0;
}

static uint64_t do_timeout_add_sec(const struct stub_call *call)
{
	struct handler *timeout = find(kernel.timeouts, call->args[0]);
	uint64_t ticks = (uint32_t)call->args[1] * (SECOND / TICK);
	bool pending;

	if (timeout == NULL)
		fail("a timeout that was never set");
	pending = timeout->at != NEVER;
	timeout->at = (now / TICK + (ticks == 0 ? 1 : ticks)) * TICK;
	timeout->order = kernel.armed++;
	return pending ? 0 : 1;
}

static uint64_t do_task_add(const struct stub_call *call)
{
	kernel_queue(call->args[1]);
	return 1;
}

static uint64_t do_nothing(const struct stub_call *call)
{
	(void)call;
	return 0;
}

static uint64_t do_printf(const struct stub_call *call)
{
	const char *text = text_at(call->args[0]);

	note("console", text, strlen(text));
	return 0;
}

static const struct { const char *name; stub stub; } stubs[] = {
	{ "bcopy", do_bcopy },
	{ "bzero", do_bzero },
	{ "free", do_free },
	{ "getuptime", do_getuptime },
	{ "malloc", do_malloc },
	{ "memcmp", do_memcmp },
	{ "microtime", do_microtime },
	{ "printf", do_printf },
	{ "rw_enter_write", do_nothing },
	{ "rw_exit_write", do_nothing },
	{ "strcmp", do_strcmp },
	{ "strlcpy", do_strlcpy },
	{ "strlen", do_strlen },
	{ "strncmp", do_strncmp },
	{ "strncpy", do_strncpy },
	{ "task_add", do_task_add },
	{ "timeout_add_sec", do_timeout_add_sec },
	{ "vsnprintf", do_vsnprintf },
};

stub find_stub(const char *name)
{
	for (unsigned i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++)
		if (strcmp(stubs[i].name, name) == 0)
			return stubs[i].stub;
	return NULL;
}
