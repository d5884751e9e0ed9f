/*
 * What every guest of this folder begins with.
 *
 *	BUG	0: sound; 1: with its bug (2: with another one)
 *	MARKS	with the marks
 *	PREFIX	a string that every key of guestinfo begins with
 *
 * A mark is a call of a function that nothing defines: the bench reports the call, so that one check tells whether
 * any of its executions came there. The call changes no register that the compiler counts on.
 */
#ifndef GUEST_H
#define GUEST_H

#include "types.h"

#ifndef BUG
#error "compile with -DBUG=0 or -DBUG=1"
#endif

#ifndef PREFIX
#define PREFIX ""
#endif
#define KEY(name)	"guestinfo." PREFIX name

#ifdef MARKS
#define MARK(name)	__asm__ volatile("call " name : : : "rax", "cc")
#else
#define MARK(name)	do { } while (0)
#endif

/* The code that holds the bug was executed. */
#define REACHED()	MARK("mark_reached")
/* What the bug takes to do harm has happened: in the sound build too, which then does none. */
#define TRIGGERED(when)	do { if (when) MARK("mark_triggered"); } while (0)

#endif
