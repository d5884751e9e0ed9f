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

/* As 2.1 names them, and as 2.0 did. */
#define ABSENT_PROCESSOR(name)  \
  ABSENT(uc_init_##name)        \
  ABSENT(reg_read_##name)       \
  ABSENT(reg_write_##name)
#define ABSENT_BEFORE_2_1(prefix)       \
  ABSENT(prefix##_uc_init)              \
  ABSENT(prefix##_context_reg_read)     \
  ABSENT(prefix##_context_reg_write)

ABSENT_PROCESSOR(aarch64)
ABSENT_PROCESSOR(arm)
ABSENT_PROCESSOR(m68k)
ABSENT_PROCESSOR(mips)
ABSENT_PROCESSOR(mips64)
ABSENT_PROCESSOR(mips64el)
ABSENT_PROCESSOR(mipsel)
ABSENT_PROCESSOR(ppc)
ABSENT_PROCESSOR(ppc64)
ABSENT_PROCESSOR(riscv32)
ABSENT_PROCESSOR(riscv64)
ABSENT_PROCESSOR(s390x)
ABSENT_PROCESSOR(sparc)
ABSENT_PROCESSOR(sparc64)
ABSENT_PROCESSOR(tricore)

ABSENT_BEFORE_2_1(arm)
ABSENT_BEFORE_2_1(arm64)
ABSENT_BEFORE_2_1(m68k)
ABSENT_BEFORE_2_1(mips)
ABSENT_BEFORE_2_1(mipsel)
ABSENT_BEFORE_2_1(mips64)
ABSENT_BEFORE_2_1(mips64el)
ABSENT_BEFORE_2_1(ppc)
ABSENT_BEFORE_2_1(ppc64)
ABSENT_BEFORE_2_1(riscv32)
ABSENT_BEFORE_2_1(riscv64)
ABSENT_BEFORE_2_1(s390)
ABSENT_BEFORE_2_1(sparc)
ABSENT_BEFORE_2_1(sparc64)
ABSENT_BEFORE_2_1(tricore)

/*
 * An archive built on glibc 2.38 or newer asks for C23's readers of numbers.
 * Those before it read all that the engine reads.
 */
#include <stdarg.h>
#include <stdio.h>

#if defined(__GLIBC__) && !__GLIBC_PREREQ(2, 38)

#define READER(type, name)                                      \
  type __isoc23_##name(const char *text, char **end, int base); \
  type __isoc23_##name(const char *text, char **end, int base) { return name(text, end, base); }

READER(long, strtol)
READER(long long, strtoll)
READER(unsigned long, strtoul)
READER(unsigned long long, strtoull)

int __isoc23_sscanf(const char *text, const char *format, ...);
int __isoc23_sscanf(const char *text, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  int read = vsscanf(text, format, arguments);
  va_end(arguments);
  return read;
}

#endif
