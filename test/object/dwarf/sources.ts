import type { Sources } from './support.ts';

/** Two units that share a header: lines in all three files, functions inlined into each other, cold pieces. */
export const LINES: Sources = {
  'shared.h': `
struct state { int calls; unsigned char bytes[16]; };
void outside(int, const char *);
static inline __attribute__((always_inline)) unsigned port(unsigned short number)
{
	unsigned value;
	__asm volatile("in %%dx, %%eax" : "=a"(value) : "d"(number));
	return value;
}

static inline __attribute__((always_inline)) unsigned twice(struct state *s)
{
	s->calls++;
	return port(0x5658) +
	    port(0x5659);
}
`,
  'first.c': `#include "shared.h"
unsigned
first(struct state *s, int n)
{
	unsigned sum = 0;

	for (int i = 0; i < n; i++) {
		sum += twice(s);
		if (sum == 7)
			outside(i, "seven");
	}
	return sum;
}

static __attribute__((noinline, cold)) void
rare(struct state *s)
{
	outside(s->calls, "rare");
}

int
second(struct state *s)
{
	if (__builtin_expect(s->calls > 100, 0))
		rare(s);
#line 4000
	s->bytes[s->calls & 15] = 3;
	return s->calls;
}
`,
  'third.c': `#include "shared.h"
void
third(struct state *s)
{
	unsigned a = twice(s), b = port(1);

	outside(a > b ? 1 : 2,
	    "third");
}
`,
};

/** Structures of all kinds, and what the compiler thinks of them: `NAME[]` of the offsets in \`expected\`. */
export const STRUCTURES: Sources = {
  'types.c': `
typedef unsigned char u8;
typedef struct { int low; struct { short x; short y; } point; } pair_t;
typedef const volatile pair_t odd_t;
struct later;
enum colour { RED, GREEN = 70000 };
union number { double real; long long whole; u8 bytes[9]; };
struct node {
	struct node *next;
	struct later *to_come;
	u8 tag : 3, more : 7;
	unsigned wide : 20;
	union { int left; struct { u8 inner; long deep; }; };
	pair_t pairs[3][2];
	odd_t odd;
	union number number;
	enum colour colour;
	int (*call)(struct node *, ...);
	struct node *table[5];
	char tail[];
};
struct __attribute__((packed)) tight { u8 one; long many; short few; };
struct empty_array { int n; int none[0]; };
struct holder { struct node node; struct tight tight; struct empty_array rest; };
typedef struct holder holder_t;
#define AT(type, field) __builtin_offsetof(type, field)
const unsigned expected[] = {
	sizeof(struct node), AT(struct node, next), AT(struct node, to_come), AT(struct node, left),
	AT(struct node, inner), AT(struct node, deep), AT(struct node, pairs), AT(struct node, odd),
	AT(struct node, odd.point.y), AT(struct node, number), AT(struct node, number.bytes), AT(struct node, colour),
	AT(struct node, call), AT(struct node, table), AT(struct node, tail),
	sizeof(struct tight), AT(struct tight, many), AT(struct tight, few),
	sizeof(holder_t), AT(holder_t, tight.few), AT(holder_t, node.deep), AT(holder_t, rest.none),
	sizeof(pair_t), AT(pair_t, point), AT(pair_t, point.y), sizeof(union number), sizeof(enum colour),
	sizeof(((struct node *)0)->pairs), sizeof(((struct node *)0)->table), sizeof(((struct node *)0)->call),
	sizeof(long), sizeof(u8),
};
holder_t keep_holder;
odd_t *keep_odd;
`,
  'later.c': `
struct node;
struct later { long first; struct node *back; int last; };
struct later keep_later;
const unsigned completed[] = { sizeof(struct later), __builtin_offsetof(struct later, last) };
`,
};
