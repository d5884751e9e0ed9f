/*
 *	driver IMAGE N		N runs of the driver from its image (bench/driver-image.ts writes it)
 *
 * Prints nanoseconds a run, then the work of a run. One IN and one OUT hook, and a hook on stores for the pages
 * that the next run must find as they were.
 */
#include "driver.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <unicorn/unicorn.h>

#define PAGE		4096u
#define MOST_REGIONS	16
#define MOST_STUBS	256
#define STUB_SLOT	16
#define BDOORHB_PORT	0x5659u
#define ACCESS_NS	1000

struct region {
	uint64_t address;
	uint64_t size;
	uint8_t *bytes;
	uint8_t *original;
	uint8_t *is_dirty;	/* one a page */
	uint32_t *dirty;
	uint32_t dirty_count;
};

uint64_t now;

static uc_engine *uc;
static uc_context *context;
static struct region regions[MOST_REGIONS];
static unsigned region_count;
static uint64_t until, start_time, returns, stack_top;
static stub stub_table[MOST_STUBS];
static const char *stub_names[MOST_STUBS];
static bool noting;
static uint64_t accesses;
static char notes[65536];
static size_t noted;

_Noreturn void fail(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	fprintf(stderr, "driver: ");
	vfprintf(stderr, format, list);
	fprintf(stderr, "\n");
	va_end(list);
	exit(1);
}

static void check(uc_err error, const char *what)
{
	if (error != UC_ERR_OK)
		fail("%s: %s", what, uc_strerror(error));
}

void note(const char *kind, const void *text, uint64_t length)
{
	if (!noting)
		return;
	noted += (size_t)snprintf(notes + noted, sizeof(notes) - noted, "%s %.*s\n", kind, (int)length, (const char *)text);
	if (noted >= sizeof(notes))
		fail("too much to note");
}

static struct region *find(uint64_t address, uint64_t length)
{
	for (unsigned i = 0; i < region_count; i++) {
		struct region *region = &regions[i];
		uint64_t offset = address - region->address;
		if (offset < region->size && length <= region->size - offset)
			return region;
	}
	return NULL;
}

static void mark_dirty(struct region *region, uint64_t address, uint64_t length)
{
	uint64_t last = (address - region->address + length - 1) / PAGE;

	for (uint64_t page = (address - region->address) / PAGE; page <= last; page++) {
		if (region->is_dirty[page])
			continue;
		region->is_dirty[page] = 1;
		region->dirty[region->dirty_count++] = (uint32_t)page;
	}
}

uint8_t *memory_to_read(uint64_t address, uint64_t length)
{
	struct region *region = find(address, length);

	if (region == NULL)
		fail("%" PRIu64 " bytes at 0x%" PRIx64 " are not mapped", length, address);
	return region->bytes + (address - region->address);
}

uint8_t *memory_to_write(uint64_t address, uint64_t length)
{
	struct region *region = find(address, length);

	if (region == NULL)
		fail("%" PRIu64 " bytes at 0x%" PRIx64 " are not mapped", length, address);
	if (length > 0)
		mark_dirty(region, address, length);
	return region->bytes + (address - region->address);
}

static void on_store(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value, void *user)
{
	struct region *region = find(address, (uint64_t)size);

	(void)engine;
	(void)type;
	(void)value;
	(void)user;
	if (region != NULL)
		mark_dirty(region, address, (uint64_t)size);
}

static int frame_ids[FRAME] = {
	UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX,
	UC_X86_REG_RSI, UC_X86_REG_RDI, UC_X86_REG_RBP,
};
static uint64_t frame[FRAME];
static void *frame_places[FRAME];

/* The whole REP at its first element: the CPU still does the last one. */
static uint32_t on_in(uc_engine *engine, uint32_t port, int size, void *user)
{
	uint32_t result;

	(void)size;
	(void)user;
	accesses++;
	now += ACCESS_NS;
	uc_reg_read_batch(engine, frame_ids, frame_places, FRAME);
	if (port == BDOORHB_PORT) {
		uint64_t to = frame[RDI], count = frame[RCX];
		uint8_t *data = memory_to_write(to, count);
		uint32_t given = host_receive(frame, data, (uint32_t)count);
		/* The CPU stores the result at the first element. */
		result = given > 0 ? data[0] : 0;
		frame[RDI] = to + count - 1;
		frame[RCX] = 1;
	} else {
		host_call(frame);
		result = (uint32_t)frame[RAX];
	}
	uc_reg_write_batch(engine, frame_ids + 1, frame_places + 1, FRAME - 1);
	return result;
}

static void on_out(uc_engine *engine, uint32_t port, int size, uint32_t value, void *user)
{
	(void)size;
	(void)value;
	(void)user;
	if (port != BDOORHB_PORT)
		fail("OUT to port 0x%x", port);
	accesses++;
	now += ACCESS_NS;
	uc_reg_read_batch(engine, frame_ids, frame_places, FRAME);
	host_send(frame, memory_to_read(frame[RSI], frame[RCX]), (uint32_t)frame[RCX]);
	frame[RSI] += frame[RCX] - 1;
	frame[RCX] = 1;
	uc_reg_write_batch(engine, frame_ids, frame_places, FRAME);
}

/* The function's own address, its argument, and a return address that is a HLT; then the stubs that it calls. */
void call_guest(uint64_t function, uint64_t argument)
{
	static int call_ids[] = {
		UC_X86_REG_RIP, UC_X86_REG_RSP, UC_X86_REG_RDI, UC_X86_REG_RSI,
		UC_X86_REG_RDX, UC_X86_REG_RCX, UC_X86_REG_R8, UC_X86_REG_R9,
	};
	struct stub_call call;
	uint64_t rip, rbp = 0, flags = 0x202;
	void *places[] = {
		&rip, &call.stack, &call.args[0], &call.args[1], &call.args[2], &call.args[3], &call.args[4], &call.args[5],
	};
	uint64_t stack = stack_top - 8;

	memcpy(memory_to_write(stack, 8), &returns, 8);
	uc_reg_write(uc, UC_X86_REG_RSP, &stack);
	uc_reg_write(uc, UC_X86_REG_RDI, &argument);
	uc_reg_write(uc, UC_X86_REG_RBP, &rbp);
	uc_reg_write(uc, UC_X86_REG_EFLAGS, &flags);
	for (uint64_t pc = function;;) {
		check(uc_emu_start(uc, pc, ~0ull, 0, 0), "uc_emu_start");
		uc_reg_read_batch(uc, call_ids, places, 8);
		rip--;		/* HLT */
		if (rip == returns)
			return;
		uint64_t slot = (rip - returns) / STUB_SLOT;
		if (slot >= MOST_STUBS || stub_names[slot] == NULL)
			fail("HLT at 0x%" PRIx64, rip);
		if (stub_table[slot] == NULL)
			fail("%s is not written", stub_names[slot]);
		uint64_t result = stub_table[slot](&call);
		memcpy(&pc, memory_to_read(call.stack, 8), 8);
		call.stack += 8;
		uc_reg_write(uc, UC_X86_REG_RAX, &result);
		uc_reg_write(uc, UC_X86_REG_RSP, &call.stack);
	}
}

static void restore(void)
{
	for (unsigned i = 0; i < region_count; i++) {
		struct region *region = &regions[i];
		for (uint32_t k = 0; k < region->dirty_count; k++) {
			uint64_t at = (uint64_t)region->dirty[k] * PAGE;
			memcpy(region->bytes + at, region->original + at, PAGE);
			region->is_dirty[region->dirty[k]] = 0;
		}
		region->dirty_count = 0;
	}
	check(uc_context_restore(uc, context), "uc_context_restore");
	now = start_time;
	kernel_restore();
	host_reset();
}

static void run_driver(void)
{
	restore();
	for (;;) {
		uint64_t kernel = kernel_deadline(), host = host_deadline();
		uint64_t next = kernel < host ? kernel : host;
		if (next > until)
			return;
		if (next > now)
			now = next;
		host_advance();
		kernel_step();
	}
}

static void *allocate(uint64_t size)
{
	void *memory = NULL;

	if (posix_memalign(&memory, PAGE, size) != 0)
		fail("no memory");
	memset(memory, 0, size);
	return memory;
}

static void add_region(uint64_t address, uint64_t size, const char *protection, FILE *bytes)
{
	uint32_t bits = UC_PROT_READ | (strchr(protection, 'w') ? UC_PROT_WRITE : 0) | (strchr(protection, 'x') ? UC_PROT_EXEC : 0);
	struct region *region = &regions[region_count++];

	if (region_count > MOST_REGIONS)
		fail("too many regions");
	*region = (struct region){ address, size, allocate(size), allocate(size), allocate(size / PAGE), allocate(size / PAGE * 4), 0 };
	if (fread(region->bytes, 1, size, bytes) != size)
		fail("the image's bytes end early");
	memcpy(region->original, region->bytes, size);
	check(uc_mem_map_ptr(uc, address, size, bits, region->bytes), "uc_mem_map_ptr");
}

static void add_stub(uint64_t address, const char *name)
{
	uint64_t slot = (address - returns) / STUB_SLOT;

	if (slot >= MOST_STUBS)
		fail("too many stubs");
	stub_names[slot] = strdup(name);
	stub_table[slot] = find_stub(name);
}

static void read_line(const char *line, FILE *bytes)
{
	char word[64];
	uint64_t a, b, c, d;

	if (sscanf(line, "until %" SCNu64, &until) == 1 || sscanf(line, "now %" SCNu64, &start_time) == 1 ||
	    sscanf(line, "stack %" SCNx64, &stack_top) == 1 || sscanf(line, "returns %" SCNx64, &returns) == 1)
		return;
	if (sscanf(line, "region %" SCNx64 " %" SCNu64 " %63s", &a, &b, word) == 3)
		add_region(a, b, word, bytes);
	else if (sscanf(line, "stub %" SCNx64 " %63s", &a, word) == 2)
		add_stub(a, word);
	else if (sscanf(line, "task %" SCNx64 " %" SCNx64 " %" SCNx64, &a, &b, &c) == 3)
		kernel_set_task(a, b, c);
	else if (sscanf(line, "queued %" SCNx64, &a) == 1)
		kernel_queue(a);
	else if (sscanf(line, "timeout %" SCNx64 " %" SCNu64 " %" SCNx64 " %" SCNx64, &a, &b, &c, &d) == 4)
		kernel_set_timeout(a, b, c, d);
	else if (sscanf(line, "heap %" SCNx64 " %" SCNx64, &a, &b) == 2)
		kernel_set_heap(a, b);
	else
		fail("not a line of an image: %s", line);
}

static void read_image(const char *path)
{
	char line[256], bytes_path[4096];
	FILE *file = fopen(path, "r"), *bytes;

	snprintf(bytes_path, sizeof(bytes_path), "%s.bin", path);
	bytes = fopen(bytes_path, "rb");
	if (file == NULL || bytes == NULL)
		fail("cannot read %s", path);
	while (fgets(line, sizeof(line), file) != NULL)
		read_line(line, bytes);
	fclose(file);
	fclose(bytes);
}

static uint64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv)
{
	uc_hook hook;
	long runs = argc == 3 ? atol(argv[2]) : 0;

	if (runs <= 0) {
		fprintf(stderr, "usage: driver IMAGE N\n");
		return 2;
	}
	for (int i = 0; i < FRAME; i++)
		frame_places[i] = &frame[i];
	check(uc_open(UC_ARCH_X86, UC_MODE_64, &uc), "uc_open");
	/* As in src/cpu/native/open.cc: the engine's page tables do not know a kernel's high addresses. */
	check(uc_ctl_tlb_mode(uc, UC_TLB_VIRTUAL), "uc_ctl_tlb_mode");
	check(uc_hook_add(uc, &hook, UC_HOOK_INSN, on_in, NULL, 1, 0, UC_X86_INS_IN), "uc_hook_add");
	check(uc_hook_add(uc, &hook, UC_HOOK_INSN, on_out, NULL, 1, 0, UC_X86_INS_OUT), "uc_hook_add");
	check(uc_hook_add(uc, &hook, UC_HOOK_MEM_WRITE, on_store, NULL, 1, 0), "uc_hook_add");
	read_image(argv[1]);
	check(uc_context_alloc(uc, &context), "uc_context_alloc");
	check(uc_context_save(uc, context), "uc_context_save");
	kernel_snapshot();

	noting = true;
	run_driver();
	noting = false;
	uint64_t accesses_of_one = accesses;
	for (int i = 0; i < 20; i++)
		run_driver();

	uint64_t began = clock_ns();
	for (long i = 0; i < runs; i++)
		run_driver();
	printf("%.1f\n", (double)(clock_ns() - began) / (double)runs);
	printf("accesses %" PRIu64 "\n%s", accesses_of_one, notes);
	return 0;
}
