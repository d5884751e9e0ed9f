/** Where fields lie in the kernel's structures, bytes. */
export interface Offsets {
  /** struct mtx and struct sx: the lock word, after struct lock_object. */
  readonly lockWord: number;
  /** struct task: ta_pending (16 bits), ta_func, ta_context. */
  readonly taPending: number;
  readonly taFunc: number;
  readonly taContext: number;
  /** struct timeout_task: its struct task, after the queue. */
  readonly ttTask: number;
  /** struct callout: c_flags and c_iflags, 16 bits each. */
  readonly cFlags: number;
  readonly cIflags: number;
}

/** FreeBSD by the size of a pointer: sys/_lock.h, sys/_mutex.h, sys/_task.h, sys/_callout.h. */
export const OFFSETS: Readonly<Record<4 | 8, Offsets>> = {
  8: { lockWord: 24, taPending: 8, taFunc: 16, taContext: 24, ttTask: 8, cFlags: 56, cIflags: 58 },
  4: { lockWord: 16, taPending: 4, taFunc: 8, taContext: 12, ttTask: 4, cFlags: 36, cIflags: 38 },
};

/** sys/bus.h, struct driver_module_data in pointers: dmd_chainevh, dmd_chainarg, dmd_busname, dmd_driver. */
export const DRIVER_MODULE = { busname: 2, driver: 3 } as const;

/** sys/kobj.h, struct kobj_class in pointers: name, methods, size. */
export const KOBJ_CLASS = { name: 0, methods: 1, size: 2 } as const;

/** sys/kobj.h, struct kobj_ops: a cache of so many pointers to methods, then the class. */
export const KOBJ_CACHE_SIZE = 256;

/** struct kobjop_desc: a number, and the default method. */
export const KOBJOP_DESC_SIZE = 32;
