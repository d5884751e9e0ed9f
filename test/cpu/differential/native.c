/*
 * Runs machine code on this very processor, one case after the other, and says what became of the registers, the flags
 * and the memory. The signal frame does the work: sigreturn loads every register of a case at once, and each piece of
 * code ends with HLT, which a user program may not run, so that the signal hands all of them over again.
 *
 * Input: struct header, the windows, the code, the cases. Output: the cases as they ended, each with the vector of its
 * exception and rip where it was raised. record.ts and places.ts state the same layout and the addresses.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { REGISTERS = 18, FLAGS = 17, RIP = 16, CODE_64 = 0x33, CODE_32 = 0x23, DATA_SELECTOR = 0x2b };

struct header {
  uint32_t bits, cases, codeSize, windows;
};

struct window {
  uint64_t address, size;
};

struct registers {
  uint64_t values[REGISTERS];
  uint64_t vector;
};

/* Of REGISTER_ORDER, in the signal frame. */
static const int places[REGISTERS] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
                                      REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP, REG_EFL};

static struct header header;
static struct window *windows;
static uint8_t *records;
static size_t stride;
static uint32_t current;
static int running;
static gregset_t home;
static struct _libc_fpstate homeFloat;

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static void load(ucontext_t *context) {
  const uint8_t *record = records + current * stride;
  const struct registers *registers = (const struct registers *)record;
  for (int i = 0; i < REGISTERS; i++) context->uc_mcontext.gregs[places[i]] = (greg_t)registers->values[i];
  const uint64_t selector = header.bits == 64 ? CODE_64 : CODE_32;
  const uint64_t rest = (uint64_t)context->uc_mcontext.gregs[REG_CSGSFS] & ~(uint64_t)0xffff;
  context->uc_mcontext.gregs[REG_CSGSFS] = (greg_t)(rest | selector);
  const uint8_t *bytes = record + sizeof *registers;
  for (uint32_t i = 0; i < header.windows; bytes += windows[i++].size) {
    memcpy((void *)windows[i].address, bytes, windows[i].size);
  }
}

static void store(const ucontext_t *context) {
  uint8_t *record = records + current * stride;
  struct registers *registers = (struct registers *)record;
  for (int i = 0; i < REGISTERS; i++) registers->values[i] = (uint64_t)context->uc_mcontext.gregs[places[i]];
  registers->vector = (uint64_t)context->uc_mcontext.gregs[REG_TRAPNO];
  uint8_t *bytes = record + sizeof *registers;
  for (uint32_t i = 0; i < header.windows; bytes += windows[i++].size) {
    memcpy(bytes, (const void *)windows[i].address, windows[i].size);
  }
}

/* The first signal comes from main; each later one ends a case. After the last one main goes on. */
static void step(int signal, siginfo_t *info, void *frame) {
  (void)signal;
  (void)info;
  ucontext_t *context = frame;
  if (!running) {
    running = 1;
    memcpy(home, context->uc_mcontext.gregs, sizeof home);
    homeFloat = *context->uc_mcontext.fpregs;
  } else {
    store(context);
    current++;
  }
  if (current < header.cases) return load(context);
  memcpy(context->uc_mcontext.gregs, home, sizeof home);
  *context->uc_mcontext.fpregs = homeFloat;
}

static void *readAll(size_t size) {
  uint8_t *bytes = malloc(size + 1);
  if (bytes == NULL || fread(bytes, 1, size, stdin) != size) fail("input");
  return bytes;
}

static void *map(uint64_t address, size_t size, int protection) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  void *memory = mmap((void *)address, size, protection, flags, -1, 0);
  if (memory != (void *)address) fail("mmap");
  return memory;
}

int main(void) {
  struct header *given = readAll(sizeof header);
  header = *given;
  windows = readAll(header.windows * sizeof *windows);
  const void *code = readAll(header.codeSize);
  stride = sizeof(struct registers);
  for (uint32_t i = 0; i < header.windows; i++) stride += windows[i].size;
  records = readAll(header.cases * stride);

  memcpy(map(CODE_ADDRESS, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC), code, header.codeSize);
  map(DATA_ADDRESS, DATA_SIZE, PROT_READ | PROT_WRITE);
  map(STACK_ADDRESS, STACK_SIZE, PROT_READ | PROT_WRITE);

  const stack_t stack = {.ss_sp = malloc(1 << 20), .ss_size = 1 << 20};
  if (sigaltstack(&stack, NULL) != 0) fail("sigaltstack");
  struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  const int signals[] = {SIGUSR1, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
  /* 64-bit code ignores them, and 32-bit code cannot touch memory without them. */
  __asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(DATA_SELECTOR));
  if (syscall(SYS_arch_prctl, ARCH_SET_GS, GS_BASE) != 0) fail("arch_prctl");
  alarm(120);
  raise(SIGUSR1);
  return fwrite(records, stride, header.cases, stdout) == header.cases ? 0 : 2;
}
