/*
 * One run of the driver in plain C on the same libunicorn: what the engine, the host and the kernel's functions
 * cost with nothing of ours around them. driver.c is the machine, driver_kernel.c the kernel, driver_host.c VMware.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#define NEVER	UINT64_MAX

/* driver.c: the machine. Addresses are the guest's, times virtual nanoseconds. */
extern uint64_t now;
_Noreturn void fail(const char *format, ...);
uint8_t *memory_to_read(uint64_t address, uint64_t length);
uint8_t *memory_to_write(uint64_t address, uint64_t length);
void call_guest(uint64_t function, uint64_t argument);

/* The work of a run. Noted in the first one, which is not measured. */
void note(const char *kind, const void *text, uint64_t length);

/* driver_kernel.c */
struct stub_call {
	uint64_t stack;
	uint64_t args[6];
};
typedef uint64_t (*stub)(const struct stub_call *call);

stub find_stub(const char *name);
void kernel_set_heap(uint64_t top, uint64_t end);
void kernel_set_task(uint64_t task, uint64_t function, uint64_t argument);
void kernel_queue(uint64_t task);
void kernel_set_timeout(uint64_t timeout, uint64_t at, uint64_t function, uint64_t argument);
/* The state as it is now is the one that kernel_restore goes back to. */
void kernel_snapshot(void);
void kernel_restore(void);
uint64_t kernel_deadline(void);
/* Runs the one next thing that is due. */
void kernel_step(void);

/* driver_host.c: registers in, registers out. */
enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, FRAME };

void host_reset(void);
uint64_t host_deadline(void);
void host_advance(void);
void host_call(uint64_t *frame);
void host_send(uint64_t *frame, const uint8_t *data, uint32_t length);
/* Returns how many bytes were given. */
uint32_t host_receive(uint64_t *frame, uint8_t *data, uint32_t room);

#endif
