/* The backdoor's instructions on amd64. Every register is loaded and stored whole. */
#ifndef PORT_H
#define PORT_H

#include "types.h"

#define BDOOR_MAGIC		0x564d5868u
#define BDOOR_PORT		0x5658u
#define BDOORHB_PORT		0x5659u
#define BDOOR_CMD_GETVERSION	0x0au
#define BDOOR_CMD_MESSAGE	0x1eu
#define BDOORHB_CMD_MESSAGE	0x00010000u	/* the guest's own SUCCESS in the high half */

struct regs {
	unsigned long a, b, c, d, si, di;
};

static inline void
port_in(struct regs *r)
{
	__asm__ volatile("inl %%dx, %%eax"
	    : "+a"(r->a), "+b"(r->b), "+c"(r->c), "+d"(r->d), "+S"(r->si), "+D"(r->di)
	    :
	    : "memory");
}

/* High bandwidth to the host: si is the source, bp and di are the cookie. */
static inline void
port_outs(struct regs *r, unsigned long bp)
{
	__asm__ volatile("push %%rbp\n\tmov %[bp], %%rbp\n\tcld; rep outsb\n\tpop %%rbp"
	    : "+a"(r->a), "+b"(r->b), "+c"(r->c), "+d"(r->d), "+S"(r->si), "+D"(r->di)
	    : [bp] "r"(bp)
	    : "memory", "cc");
}

/* High bandwidth from the host: di is the destination, si and bp are the cookie. */
static inline void
port_ins(struct regs *r, unsigned long bp)
{
	__asm__ volatile("push %%rbp\n\tmov %[bp], %%rbp\n\tcld; rep insb\n\tpop %%rbp"
	    : "+a"(r->a), "+b"(r->b), "+c"(r->c), "+d"(r->d), "+S"(r->si), "+D"(r->di)
	    : [bp] "r"(bp)
	    : "memory", "cc");
}

/* A command that is no message. @returns eax; the other registers are in `r`. */
static inline uint32_t
port_command(struct regs *r, uint32_t command, uint32_t argument)
{
	*r = (struct regs){ BDOOR_MAGIC, argument, command, BDOOR_PORT, 0, 0 };
	port_in(r);
	return r->a;
}

#endif
