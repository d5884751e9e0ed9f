/*
 * libunicorn.a holds sixteen processors; this addon runs one of them.
 *
 * Unicorn's API object names three entry points of every processor, which is
 * all that ties the fifteen others to the link. Defined here first, the linker
 * never fetches their objects, and the addon is 1.2 MB and not 19.
 *
 * They are reached only by uc_open with another architecture than x86, or by
 * a context of such an engine. Neither exists here: to get here is a bug.
 */
#include <stdlib.h>

#define ABSENT(name)                  \
  void name(void);                    \
  void name(void) { abort(); }

#define ABSENT_PROCESSOR(prefix)      \
  ABSENT(prefix##_uc_init)            \
  ABSENT(prefix##_context_reg_read)   \
  ABSENT(prefix##_context_reg_write)

ABSENT_PROCESSOR(arm)
ABSENT_PROCESSOR(arm64)
ABSENT_PROCESSOR(m68k)
ABSENT_PROCESSOR(mips)
ABSENT_PROCESSOR(mipsel)
ABSENT_PROCESSOR(mips64)
ABSENT_PROCESSOR(mips64el)
ABSENT_PROCESSOR(ppc)
ABSENT_PROCESSOR(ppc64)
ABSENT_PROCESSOR(riscv32)
ABSENT_PROCESSOR(riscv64)
ABSENT_PROCESSOR(s390)
ABSENT_PROCESSOR(sparc)
ABSENT_PROCESSOR(sparc64)
ABSENT_PROCESSOR(tricore)
