/*
 * The benchmarks in plain C on the same libunicorn: what the engine costs with nothing of ours around it.
 *
 *	backdoor portAccess LOOP.bin N	N GETVERSION calls in one run
 *	backdoor insb64k LOOP.bin N	N runs of one receive: RECVSIZE, rep insb of 64 KiB, RECVSTATUS
 *
 * LOOP.bin is the flat guest code that every side runs. Prints nanoseconds a call or receive. One IN hook, as
 * frugal as it gets: one batch reads seven registers, one writes five.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <unicorn/unicorn.h>

#define BDOOR_MAGIC	0x564D5868u
#define BDOORHB_PORT	0x5659u
#define CODE		0x100000u
#define BUFFER		0x200000u
#define PAYLOAD		65536u

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, FRAME };

static int frame_ids[FRAME] = {
	UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX,
	UC_X86_REG_RSI, UC_X86_REG_RDI, UC_X86_REG_RBP,
};
/* RAX is the hook's result; RBP is an output of no call. */
static int written_ids[5] = {
	UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RSI, UC_X86_REG_RDI,
};

static uint64_t frame[FRAME];
static void *frame_out[FRAME];
static uint8_t payload[PAYLOAD];

static void check(uc_err error, const char *what)
{
	if (error == UC_ERR_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, uc_strerror(error));
	exit(1);
}

static void require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "wrong result: %s\n", what);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t on_in(uc_engine *uc, uint32_t port, int size, void *user)
{
	void *written[5] = { &frame[RBX], &frame[RCX], &frame[RDX], &frame[RSI], &frame[RDI] };
	uint32_t result = 6;

	(void)size;
	(void)user;
	uc_reg_read_batch(uc, frame_ids, frame_out, FRAME);
	if (port == BDOORHB_PORT) {
		/* The whole REP at its first element: the CPU still does the last one, but stores it at the first. */
		uc_mem_write(uc, frame[RDI], payload, frame[RCX]);
		result = payload[0];
		frame[RBX] = 0x00010000;
		frame[RDI] += frame[RCX] - 1;
		frame[RCX] = 1;
	} else if ((frame[RCX] & 0xffff) == 10) {
		frame[RBX] = BDOOR_MAGIC;
		frame[RCX] = 2;
	} else {
		frame[RBX] = PAYLOAD;
		frame[RCX] = 0x00830000;
		frame[RDX] = 0x00010000;
	}
	uc_reg_write_batch(uc, written_ids, written, 5);
	return result;
}

static void set(uc_engine *uc, int id, uint64_t value)
{
	check(uc_reg_write(uc, id, &value), "uc_reg_write");
}

static uint64_t get(uc_engine *uc, int id)
{
	uint64_t value = 0;

	check(uc_reg_read(uc, id, &value), "uc_reg_read");
	return value;
}

static void run(uc_engine *uc)
{
	/* `until` is an address never reached: the guest ends with HLT, which is the cheap way. */
	check(uc_emu_start(uc, CODE, 0, 0, 0), "uc_emu_start");
}

static double bench_port_access(uc_engine *uc, uint32_t n)
{
	uint64_t start = now();

	set(uc, UC_X86_REG_RDI, n);
	run(uc);
	uint64_t end = now();
	require(get(uc, UC_X86_REG_RBX) == BDOOR_MAGIC, "RBX after GETVERSION");
	return (double)(end - start) / n;
}

static double bench_insb64k(uc_engine *uc, uint32_t n)
{
	uint64_t total = 0;
	static uint8_t received[PAYLOAD];

	for (uint32_t i = 0; i < n; i++) {
		/* Ours moves the guest's registers in and out in a run: here they are set in the measured time too. */
		uint64_t start = now();
		set(uc, UC_X86_REG_RDI, 1);
		set(uc, UC_X86_REG_RSI, 0);
		set(uc, UC_X86_REG_RDX, 0x11111111);
		set(uc, UC_X86_REG_RCX, 0x22222222);
		set(uc, UC_X86_REG_R8, BUFFER);
		set(uc, UC_X86_REG_R9, PAYLOAD);
		run(uc);
		total += now() - start;
	}
	check(uc_mem_read(uc, BUFFER, received, PAYLOAD), "uc_mem_read");
	require(memcmp(received, payload, PAYLOAD) == 0, "the payload in guest memory");
	return (double)total / n;
}

int main(int argc, char **argv)
{
	uc_engine *uc;
	uc_hook hook;
	static uint8_t code[4096];

	if (argc != 4 || atoi(argv[3]) <= 0) {
		fprintf(stderr, "usage: backdoor portAccess|insb64k LOOP.bin N\n");
		return 2;
	}
	FILE *file = fopen(argv[2], "rb");
	if (file == NULL) {
		perror(argv[2]);
		return 2;
	}
	size_t length = fread(code, 1, sizeof(code), file);
	fclose(file);

	for (int i = 0; i < FRAME; i++)
		frame_out[i] = &frame[i];
	for (uint32_t i = 0; i < PAYLOAD; i++)
		payload[i] = (uint8_t)(i * 7 + 1);
	check(uc_open(UC_ARCH_X86, UC_MODE_64, &uc), "uc_open");
	check(uc_hook_add(uc, &hook, UC_HOOK_INSN, on_in, NULL, 1, 0, UC_X86_INS_IN), "uc_hook_add");
	check(uc_mem_map(uc, CODE, 4096, UC_PROT_ALL), "uc_mem_map");
	check(uc_mem_map(uc, BUFFER, PAYLOAD, UC_PROT_READ | UC_PROT_WRITE), "uc_mem_map");
	check(uc_mem_write(uc, CODE, code, length), "uc_mem_write");

	bool insb = strcmp(argv[1], "insb64k") == 0;
	double (*bench)(uc_engine *, uint32_t) = insb ? bench_insb64k : bench_port_access;
	bench(uc, 100);
	printf("%.1f\n", bench(uc, (uint32_t)atoi(argv[3])));
	uc_close(uc);
	return 0;
}
