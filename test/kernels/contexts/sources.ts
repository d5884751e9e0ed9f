import type { KernelName } from '../../../src/guest/index.ts';

/** C that shuts, and C that opens again. */
type Pair = readonly [shut: string, open: string];

/** How code of our own gets a soft interrupt of a kernel's. */
interface KernelSource {
  readonly name: KernelName;
  /** Prototypes, and `arm`: `between` is to be called at the next clock tick. */
  readonly text: string;
  /** What keeps it out. */
  readonly guards: Readonly<Record<string, Pair>>;
  /** What looks like it, and does not. */
  readonly doors: Readonly<Record<string, Pair>>;
}

const CLI: Pair = ['__asm__ volatile("cli" ::: "memory");', '__asm__ volatile("sti" ::: "memory");'];
const CLI_IN_CLI: Pair = [
  'unsigned long flags; __asm__ volatile("pushf; pop %0; cli" : "=r"(flags) :: "memory");',
  '__asm__ volatile("push %0; popf" :: "r"(flags) : "memory", "cc");',
];
const INTERRUPTS = { 'cli and sti': CLI, 'flags that are saved, and cli': CLI_IN_CLI };

const openbsd: KernelSource = {
  name: 'openbsd',
  text: `
    void timeout_set(void *, void (*)(void *), void *); int timeout_add(void *, int);
    int splraise(int), spllower(int), splx(int);
    void mtx_enter(void *), mtx_leave(void *), rw_enter_write(void *), rw_exit_write(void *);
    void __mtx_init(void *, int); static void *soft[8], *none[8];
    static void *t[16], *lock[8];
    static void arm(void) { timeout_set(t, between, 0); timeout_add(t, 1); }`,
  guards: {
    ...INTERRUPTS,
    'splsoftclock and spllower': ['int s = splraise(1);', 'spllower(s);'],
    'splhigh and splx': ['int s = splraise(15);', 'splx(s);'],
    'a mutex of IPL_SOFTCLOCK': ['__mtx_init(soft, 1); mtx_enter(soft);', 'mtx_leave(soft);'],
  },
  doors: {
    'not: a mutex of IPL_NONE': ['__mtx_init(none, 0); mtx_enter(none);', 'mtx_leave(none);'],
    'not: a rwlock': ['rw_enter_write(lock);', 'rw_exit_write(lock);'],
    'not: a level that is lowered again': ['splx(splraise(1));', ''],
  },
};

const netbsd: KernelSource = {
  name: 'netbsd',
  text: `
    void callout_init(void *, unsigned), callout_reset(void *, int, void (*)(void *), void *);
    int splraise(int), pserialize_read_enter(void); void spllower(int), splx(int), pserialize_read_exit(int);
    void mutex_init(void *, int, int), mutex_enter(void *), mutex_exit(void *);
    void mutex_spin_enter(void *), mutex_spin_exit(void *);
    static void *c[20], *m[8];
    static void arm(void) { callout_init(c, 0); callout_reset(c, 1, between, 0); }`,
  guards: {
    ...INTERRUPTS,
    'splsoftclock and splx': ['int s = splraise(2);', 'splx(s);'],
    'splvm and spllower': ['int s = splraise(6);', 'spllower(s);'],
    'a level within a level': ['int s = splraise(2); splx(splraise(6));', 'splx(s);'],
    'a mutex of IPL_VM': ['mutex_init(m, 0, 6); mutex_enter(m);', 'mutex_exit(m);'],
    'a spin mutex': ['mutex_init(m, 0, 8); mutex_spin_enter(m);', 'mutex_spin_exit(m);'],
    'reading under pserialize': ['int s = pserialize_read_enter();', 'pserialize_read_exit(s);'],
  },
  doors: {
    'not: IPL_PREEMPT': ['int s = splraise(1);', 'splx(s);'],
    'not: a mutex of IPL_NONE': ['mutex_init(m, 0, 0); mutex_enter(m);', 'mutex_exit(m);'],
    'not: a mutex of IPL_SOFTCLOCK': ['mutex_init(m, 0, 2); mutex_enter(m);', 'mutex_exit(m);'],
  },
};

/** struct mtx, struct rwlock: a lock word behind the lock_object. */
export const FREEBSD_LOCKS = `
    struct lock { struct { const char *name; unsigned flags, data; void *witness; } object; void *volatile word; };
    void _mtx_init(void *, const char *, const char *, int), _rw_init_flags(void *, const char *, int);
    void __mtx_lock_flags(void *, int, const char *, int), __mtx_unlock_flags(void *, int, const char *, int);
    void __mtx_lock_spin_flags(void *, int, const char *, int), __mtx_unlock_spin_flags(void *, int, const char *, int);
    void _rw_wlock_cookie(void *, const char *, int), _rw_wunlock_cookie(void *, const char *, int);
    void __rw_rlock(void *, const char *, int), _rw_runlock_cookie(void *, const char *, int);
    int _sx_xlock(void *, int, const char *, int); void _sx_xunlock(void *, const char *, int);
    static struct lock m, rw;
    #define WORD(l) ((void *)&(l).word)`;

export const FREEBSD_CALLOUTS = `
    void callout_init(void *, int), _callout_init_lock(void *, void *, int);
    int callout_reset_sbt_on(void *, long long, long long, void *, void *, int, int);
    extern long long tick_sbt;
    static void *c[16], *d[16];
    #define RESET(c, f) callout_reset_sbt_on(c, tick_sbt, 0, f, 0, -1, 0x100)`;

const freebsd: KernelSource = {
  name: 'freebsd',
  text: `${FREEBSD_LOCKS}${FREEBSD_CALLOUTS}
    void critical_enter(void), critical_exit(void), critical_enter_KBI(void), critical_exit_KBI(void);
    void spinlock_enter(void), spinlock_exit(void);
    static void arm(void) {
      _mtx_init(WORD(m), "m", 0, 0); _rw_init_flags(WORD(rw), "rw", 0);
      callout_init(c, 1); RESET(c, between);
    }`,
  guards: {
    ...INTERRUPTS,
    'a critical section': ['critical_enter();', 'critical_exit();'],
    'one as modules call it': ['critical_enter_KBI();', 'critical_exit_KBI();'],
    'one within another': ['critical_enter(); critical_enter(); critical_exit();', 'critical_exit();'],
    'a spin mutex': ['__mtx_lock_spin_flags(WORD(m), 0, "", 0);', '__mtx_unlock_spin_flags(WORD(m), 0, "", 0);'],
    spinlock_enter: ['spinlock_enter();', 'spinlock_exit();'],
  },
  doors: {
    'not: a mutex that is not the callout’s': [
      '__mtx_lock_flags(WORD(m), 0, "", 0);',
      '__mtx_unlock_flags(WORD(m), 0, "", 0);',
    ],
    'not: a rwlock that is not the callout’s': [
      '_rw_wlock_cookie(WORD(rw), "", 0);',
      '_rw_wunlock_cookie(WORD(rw), "", 0);',
    ],
  },
};

/** A callout that has a lock: its thread would wait for that before it begins. */
function freebsdLocked(init: string): string {
  return `${FREEBSD_LOCKS}${FREEBSD_CALLOUTS}
    static void arm(void) {
      _mtx_init(WORD(m), "m", 0, 0); _rw_init_flags(WORD(rw), "rw", 0); ${init} RESET(c, between);
    }`;
}

const MTX: Pair = ['__mtx_lock_flags(WORD(m), 0, "", 0);', '__mtx_unlock_flags(WORD(m), 0, "", 0);'];
const RW: Pair = ['_rw_wlock_cookie(WORD(rw), "", 0);', '_rw_wunlock_cookie(WORD(rw), "", 0);'];
const RW_READ: Pair = ['__rw_rlock(WORD(rw), "", 0);', '_rw_runlock_cookie(WORD(rw), "", 0);'];

const freebsdMutex: KernelSource = {
  name: 'freebsd',
  text: freebsdLocked('_callout_init_lock(c, &m, 0);'),
  guards: { 'callout_init_mtx: its mutex': MTX },
  doors: { 'not: another lock': RW },
};

const freebsdRwlock: KernelSource = {
  name: 'freebsd',
  text: freebsdLocked('_callout_init_lock(c, &rw, 0);'),
  guards: { 'callout_init_rw: its lock': RW, 'its lock, by a reader': RW_READ },
  doors: { 'not: another lock': MTX },
};

const linux: KernelSource = {
  name: 'linux',
  text: `
    #ifdef __x86_64__
    #define PERCPU(name) "%%gs:" #name
    #else
    #define PERCPU(name) "%%fs:" #name
    #endif
    #define COUNT(op, n) __asm__ volatile(op "l $" #n ", " PERCPU(__preempt_count) ::: "memory", "cc")
    typedef unsigned long ulong;
    struct timer_list { void *entry[2]; ulong expires; void (*function)(struct timer_list *); ulong flags[4]; };
    void init_timer_key(struct timer_list *, void *, unsigned, const char *, void *);
    int mod_timer(struct timer_list *, ulong); extern ulong volatile jiffies;
    void _raw_spin_lock(int *), _raw_spin_unlock(int *), _raw_spin_lock_bh(int *), _raw_spin_unlock_bh(int *);
    void _raw_spin_lock_irq(int *), _raw_spin_unlock_irq(int *), _raw_spin_unlock_irqrestore(int *, ulong);
    void _raw_write_lock_bh(int *), _raw_write_unlock_bh(int *), mutex_lock(void *), mutex_unlock(void *);
    ulong _raw_spin_lock_irqsave(int *); void __local_bh_disable_ip(ulong, unsigned), __local_bh_enable_ip(ulong, unsigned);
    static int lock, other; static void *mutex[8]; static struct timer_list t;
    static void timed(struct timer_list *t) { between(t); }
    static void arm(void) { init_timer_key(&t, timed, 0, "", 0); mod_timer(&t, jiffies + 1); }`,
  guards: {
    ...INTERRUPTS,
    spin_lock_bh: ['_raw_spin_lock_bh(&lock);', '_raw_spin_unlock_bh(&lock);'],
    spin_lock_irq: ['_raw_spin_lock_irq(&lock);', '_raw_spin_unlock_irq(&lock);'],
    'spin_lock_irq, and its end inlined': [
      '_raw_spin_lock_irq(&lock);',
      '*(volatile char *)&lock = 0; __asm__ volatile("sti");',
    ],
    spin_lock_irqsave: ['ulong flags = _raw_spin_lock_irqsave(&lock);', '_raw_spin_unlock_irqrestore(&lock, flags);'],
    'spin_lock_irqsave within spin_lock_irq': [
      '_raw_spin_lock_irq(&other); ulong flags = _raw_spin_lock_irqsave(&lock); _raw_spin_unlock_irqrestore(&lock, flags);',
      '_raw_spin_unlock_irq(&other);',
    ],
    write_lock_bh: ['_raw_write_lock_bh(&lock);', '_raw_write_unlock_bh(&lock);'],
    'local_bh_disable by calls': ['__local_bh_disable_ip(0, 0x200);', '__local_bh_enable_ip(0, 0x200);'],
    'local_bh_disable inlined, as most kernels have it': ['COUNT("add", 0x200);', '__local_bh_enable_ip(0, 0x200);'],
    'local_bh_disable twice': [
      'COUNT("add", 0x200); COUNT("add", 0x200); __local_bh_enable_ip(0, 0x200);',
      '__local_bh_enable_ip(0, 0x200);',
    ],
    'the counter of hard interrupts': ['COUNT("add", 0x10000);', 'COUNT("sub", 0x10000);'],
  },
  doors: {
    'not: spin_lock': ['_raw_spin_lock(&lock);', '_raw_spin_unlock(&lock);'],
    'not: preempt_disable': ['COUNT("add", 1);', 'COUNT("sub", 1);'],
    'not: a mutex': ['mutex_lock(mutex);', 'mutex_unlock(mutex);'],
  },
};

export const KERNELS = { openbsd, netbsd, freebsd, freebsdMutex, freebsdRwlock, linux } as const;
