import type { ObjectFile } from '../../object/index.ts';
import { type AddressLayout, IFADDR_ROOM, ifaddrOffsetsOf } from '../common/ifaddrs.ts';
import { socketOffsetsOf } from '../common/socket-addresses.ts';
import { structuresOf } from '../common/structures.ts';

/** struct cfattach: the size of a softc, and the driver's functions. */
const CFATTACH = { devsize: 'ca_devsize', match: 'ca_match', attach: 'ca_attach', detach: 'ca_detach' } as const;

/** struct cpufeature_attach_args (x86/cpuvar.h): the processor, and what is asked for. */
const ATTACH_ARGS = { ci: 'ci', name: 'name' } as const;

/** struct sysmon_pswitch: a pointer to its name, and an int. */
const PSWITCH = { name: 'smpsw_name', type: 'smpsw_type' } as const;

/** struct sysctlnode. */
const SYSCTLNODE = {
  flags: 'sysctl_flags',
  num: 'sysctl_num',
  name: 'sysctl_name',
  data: 'sysctl_data',
  size: 'sysctl_size',
  func: 'sysctl_func',
  parent: 'sysctl_parent',
} as const;

/** struct ifnet: two TAILQs, two lists of pslist(9), the name, the address of its link. */
const IFNET = {
  list: 'if_list',
  addrlist: 'if_addrlist',
  xname: 'if_xname',
  dl: 'if_dl',
  sadl: 'if_sadl',
  pslistEntry: 'if_pslist_entry',
  addrPslist: 'if_addr_pslist',
} as const;

/** struct ifaddr: its places in the two kinds of list. */
const IFADDR = { list: 'ifa_list', pslistEntry: 'ifa_pslist_entry' } as const;

type Fields<T> = Readonly<Record<keyof T, number>>;
/** null: this object's structure has no such field. */
type Places<T> = Readonly<Record<keyof T, number | null>>;

/** Where fields lie in the kernel's structures, bytes. */
export interface Offsets {
  /** struct vmt_softc of dev/vmt/vmtvar.h, from 2020 on: sc_dev. */
  readonly scDev: number;
  /** struct cpu_info: ci_self. */
  readonly ciSelf: number;
  readonly cfattach: Fields<typeof CFATTACH>;
  readonly attachArgs: Fields<typeof ATTACH_ARGS>;
  readonly pswitch: Fields<typeof PSWITCH>;
  readonly sysctlnode: Fields<typeof SYSCTLNODE>;
  readonly ifnet: Places<typeof IFNET>;
  readonly ifaddr: Places<typeof IFADDR>;
  readonly addresses: AddressLayout;
}

interface Known extends Omit<Offsets, 'addresses'> {
  readonly ifnet: Fields<typeof IFNET>;
  readonly ifaddr: Fields<typeof IFADDR>;
}

/** sys/socket.h */
export const AF_INET6 = 24;

/** Bytes that each structure is given here: a field of the object's own that lies beyond is not believed. */
export const ROOM = { cpu: 0x4000, softc: 4096, cfattach: 256, args: 64, pswitch: 64, node: 256, ifnet: 4096 } as const;

/** sys/sysctl.h: the pointers of a struct sysctlnode are padded to 8 bytes, so it is the same on both machines. */
const NODE = { flags: 0, num: 4, name: 8, data: 48, size: 64, func: 72, parent: 80 };

/**
 * NetBSD 10 by the size of a pointer: dev/vmt/vmtvar.h, machine/cpu.h, sys/device.h, dev/sysmon/sysmonvar.h, net/if.h.
 * Of struct ifnet, what lies before `dl` has not moved since NetBSD 5.
 */
export const OFFSETS: Readonly<Record<4 | 8, Known>> = {
  8: {
    ...{
      scDev: 0,
      ciSelf: 8,
      cfattach: { devsize: 24, match: 40, attach: 48, detach: 56 },
      attachArgs: { ci: 0, name: 8 },
    },
    ...{ pswitch: { name: 0, type: 8 }, sysctlnode: NODE },
    ifnet: { list: 8, addrlist: 24, xname: 40, dl: 336, sadl: 344, pslistEntry: 856, addrPslist: 888 },
    ifaddr: { list: 32, pslistEntry: 112 },
  },
  4: {
    ...{
      scDev: 0,
      ciSelf: 4,
      cfattach: { devsize: 12, match: 20, attach: 24, detach: 28 },
      attachArgs: { ci: 0, name: 4 },
    },
    ...{ pswitch: { name: 0, type: 4 }, sysctlnode: NODE },
    ifnet: { list: 4, addrlist: 12, xname: 20, dl: 212, sadl: 216, pslistEntry: 488, addrPslist: 504 },
    ifaddr: { list: 16, pslistEntry: 68 },
  },
};

/** The object's own offsets where it has debug information, else those of NetBSD 10. */
export function offsetsOf(object: ObjectFile, wordSize: 4 | 8): Offsets {
  const known = OFFSETS[wordSize];
  const structures = structuresOf(object);
  const { offset, offsets, places } = structures;
  return {
    scDev: offset('vmt_softc', 'sc_dev', ROOM.softc, known.scDev),
    ciSelf: offset('cpu_info', 'ci_self', ROOM.cpu, known.ciSelf),
    cfattach: offsets('cfattach', CFATTACH, ROOM.cfattach, known.cfattach),
    attachArgs: offsets('cpufeature_attach_args', ATTACH_ARGS, ROOM.args, known.attachArgs),
    pswitch: offsets('sysmon_pswitch', PSWITCH, ROOM.pswitch, known.pswitch),
    sysctlnode: offsets('sysctlnode', SYSCTLNODE, ROOM.node, known.sysctlnode),
    ifnet: places('ifnet', IFNET, ROOM.ifnet, known.ifnet),
    ifaddr: places('ifaddr', IFADDR, IFADDR_ROOM, known.ifaddr),
    addresses: {
      socket: socketOffsetsOf(structures),
      ifaddr: ifaddrOffsetsOf(structures, wordSize),
      inet6: AF_INET6,
    },
  };
}
