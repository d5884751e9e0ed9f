import type { ObjectFile } from '../../object/index.ts';
import { type AddressLayout, IFADDR_ROOM, ifaddrOffsetsOf } from '../common/ifaddrs.ts';
import { socketOffsetsOf } from '../common/socket-addresses.ts';
import { structuresOf } from '../common/structures.ts';

/** struct task: how often it was asked for (16 bits), its function and what that gets. */
const TASK = { pending: 'ta_pending', func: 'ta_func', context: 'ta_context' } as const;

/** struct callout: 16 bits each. */
const CALLOUT = { flags: 'c_flags', iflags: 'c_iflags' } as const;

/** struct driver_module_data. */
const DRIVER_MODULE = { busname: 'dmd_busname', driver: 'dmd_driver' } as const;

/** struct kobj_class, which a driver_t is. */
const KOBJ_CLASS = { name: 'name', methods: 'methods', size: 'size' } as const;

/** struct ifnet: a STAILQ of them, the list of the addresses, the name, the address of its link. */
const IFNET = { link: 'if_link', addrhead: 'if_addrhead', xname: 'if_xname', addr: 'if_addr' } as const;

type Fields<T> = Readonly<Record<keyof T, number>>;

/** Where fields lie in the kernel's structures, bytes. */
export interface Offsets {
  /** struct mtx and struct sx: the lock word, after struct lock_object. */
  readonly lockWord: number;
  readonly task: Fields<typeof TASK>;
  /** struct timeout_task: its struct task, after the queue. */
  readonly timeoutTask: number;
  readonly callout: Fields<typeof CALLOUT>;
  readonly driverModule: Fields<typeof DRIVER_MODULE>;
  readonly kobjClass: Fields<typeof KOBJ_CLASS>;
  /** struct thread: td_critnest; null: not known, releases differ. */
  readonly tdCritnest: number | null;
  /** struct thread: td_vnet; null: not known, releases differ. */
  readonly tdVnet: number | null;
  /** struct vnet: vnet_data_base. */
  readonly vnetDataBase: number;
  readonly ifnet: Fields<typeof IFNET>;
  /** struct ifaddr: ifa_link. */
  readonly ifaLink: number;
  readonly addresses: AddressLayout;
}

/** sys/socket.h */
export const AF_INET6 = 28;

/** Bytes that each structure is given here: a field of the object's own that lies beyond is not believed. */
export const ROOM = { thread: 0x1000, vnet: 256, lock: 64, task: 128, callout: 256, driver: 256, ifnet: 4096 } as const;

/**
 * FreeBSD 14 by the size of a pointer: sys/_lock.h, sys/_mutex.h, sys/_task.h, sys/_callout.h, sys/bus.h, sys/kobj.h,
 * net/vnet.h, net/if_private.h, net/if_var.h.
 */
export const OFFSETS: Readonly<Record<4 | 8, Omit<Offsets, 'addresses'>>> = {
  8: {
    ...{
      lockWord: 24,
      task: { pending: 8, func: 16, context: 24 },
      timeoutTask: 8,
      callout: { flags: 56, iflags: 58 },
    },
    ...{ driverModule: { busname: 16, driver: 24 }, kobjClass: { name: 0, methods: 8, size: 16 } },
    ...{
      tdCritnest: null,
      tdVnet: null,
      vnetDataBase: 40,
      ifnet: { link: 0, xname: 88, addrhead: 448, addr: 488 },
      ifaLink: 40,
    },
  },
  4: {
    ...{ lockWord: 16, task: { pending: 4, func: 8, context: 12 }, timeoutTask: 4, callout: { flags: 36, iflags: 38 } },
    ...{ driverModule: { busname: 8, driver: 12 }, kobjClass: { name: 0, methods: 4, size: 8 } },
    ...{
      tdCritnest: null,
      tdVnet: null,
      vnetDataBase: 28,
      ifnet: { link: 0, xname: 48, addrhead: 284, addr: 304 },
      ifaLink: 20,
    },
  },
};

/** The object's own offsets where it has debug information, else those of FreeBSD 14. */
export function offsetsOf(object: ObjectFile, wordSize: 4 | 8): Offsets {
  const known = OFFSETS[wordSize];
  const structures = structuresOf(object);
  const { offset, offsets } = structures;
  return {
    lockWord: offset('mtx', 'mtx_lock', ROOM.lock, known.lockWord),
    task: offsets('task', TASK, ROOM.task, known.task),
    timeoutTask: offset('timeout_task', 't', ROOM.task, known.timeoutTask),
    callout: offsets('callout', CALLOUT, ROOM.callout, known.callout),
    driverModule: offsets('driver_module_data', DRIVER_MODULE, ROOM.driver, known.driverModule),
    kobjClass: offsets('kobj_class', KOBJ_CLASS, ROOM.driver, known.kobjClass),
    tdCritnest: offset('thread', 'td_critnest', ROOM.thread, known.tdCritnest),
    tdVnet: offset('thread', 'td_vnet', ROOM.thread, known.tdVnet),
    vnetDataBase: offset('vnet', 'vnet_data_base', ROOM.vnet, known.vnetDataBase),
    ifnet: offsets('ifnet', IFNET, ROOM.ifnet, known.ifnet),
    ifaLink: offset('ifaddr', 'ifa_link', IFADDR_ROOM, known.ifaLink),
    addresses: {
      socket: socketOffsetsOf(structures),
      ifaddr: ifaddrOffsetsOf(structures, wordSize),
      inet6: AF_INET6,
    },
  };
}

/** sys/kobj.h, struct kobj_ops: a cache of so many pointers to methods, then the class. */
export const KOBJ_CACHE_SIZE = 256;

/** struct kobjop_desc: a number, and the default method. */
export const KOBJOP_DESC_SIZE = 32;
