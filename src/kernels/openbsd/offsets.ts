import type { ObjectFile } from '../../object/index.ts';
import { type AddressLayout, IFADDR_ROOM, ifaddrOffsetsOf } from '../common/ifaddrs.ts';
import { socketOffsetsOf } from '../common/socket-addresses.ts';
import { structuresOf } from '../common/structures.ts';

const CFATTACH = { devsize: 'ca_devsize', match: 'ca_match', attach: 'ca_attach', activate: 'ca_activate' } as const;

/** Where fields lie in the kernel's structures, bytes. */
export interface Offsets {
  /** struct device: dv_xname, 16 bytes. */
  readonly dvXname: number;
  /** struct cfattach: the size of a softc, and the driver's functions. */
  readonly cfattach: Readonly<Record<keyof typeof CFATTACH, number>>;
  /** struct pv_attach_args: pva_hv. */
  readonly pvaHv: number;
  /** Size of struct pvbus_hv, and its hv_arg and hv_kvop. */
  readonly hvSize: number;
  readonly hvArg: number;
  readonly hvKvop: number;
  /** struct cpu_info, as the segment register points at it: ci_self. */
  readonly ciSelf: number;
  /** Its ci_curproc; null: not known, builds differ. */
  readonly ciCurproc: number | null;
  /** struct cpu_info_full: cif_cpu, the struct cpu_info in it; null as before. */
  readonly cifCpu: number | null;
  /** Size of struct proc. */
  readonly procSize: number;
  /** struct ifnet: if_list, if_xname. */
  readonly ifList: number;
  readonly ifXname: number;
  /** Where releases have if_addrlist and if_sadl: each place gets them, drivers read no other field there. */
  readonly ifAddrlist: readonly number[];
  readonly ifSadl: readonly number[];
  /** struct ifaddr: ifa_list. */
  readonly ifaList: number;
  readonly addresses: AddressLayout;
}

/** sys/socket.h */
export const AF_INET6 = 24;

/** Bytes that each structure is given here: a field of the object's own that lies beyond is not believed. */
export const ROOM = {
  device: 4096,
  cfattach: 256,
  attachArgs: 64,
  hypervisor: 256,
  cpu: 0x4000,
  ifnet: 4096,
  proc: 0x4000,
} as const;

/** OpenBSD 7.x by the size of a pointer: sys/device.h, dev/pv/pvvar.h, machine/cpu.h, net/if_var.h. */
export const OFFSETS: Readonly<Record<4 | 8, Omit<Offsets, 'addresses'>>> = {
  8: {
    dvXname: 36,
    cfattach: { devsize: 0, match: 8, attach: 16, activate: 32 },
    pvaHv: 8,
    hvSize: 40,
    hvArg: 16,
    hvKvop: 24,
    ciSelf: 0x18,
    ciCurproc: null,
    cifCpu: null,
    procSize: 1024,
    ifList: 16,
    ifXname: 136,
    ifAddrlist: [32, 48],
    ifSadl: [64, 456],
    ifaList: 32,
  },
  4: {
    dvXname: 20,
    cfattach: { devsize: 0, match: 4, attach: 8, activate: 16 },
    pvaHv: 4,
    hvSize: 24,
    hvArg: 12,
    hvKvop: 16,
    ciSelf: 0x0c,
    ciCurproc: null,
    cifCpu: null,
    procSize: 1024,
    ifList: 12,
    ifXname: 72,
    ifAddrlist: [20, 28],
    ifSadl: [44, 348],
    ifaList: 16,
  },
};

/** The object's own offsets where it has debug information, else those of OpenBSD 7.x. */
export function offsetsOf(object: ObjectFile, wordSize: 4 | 8): Offsets {
  const known = OFFSETS[wordSize];
  const structures = structuresOf(object);
  const { offset, offsets, size } = structures;
  const addressList = offset('ifnet', 'if_addrlist', ROOM.ifnet, null);
  const linkAddress = offset('ifnet', 'if_sadl', ROOM.ifnet, null);
  return {
    dvXname: offset('device', 'dv_xname', ROOM.device, known.dvXname),
    cfattach: offsets('cfattach', CFATTACH, ROOM.cfattach, known.cfattach),
    pvaHv: offset('pv_attach_args', 'pva_hv', ROOM.attachArgs, known.pvaHv),
    hvSize: size('pvbus_hv', ROOM.hypervisor, known.hvSize),
    hvArg: offset('pvbus_hv', 'hv_arg', ROOM.hypervisor, known.hvArg),
    hvKvop: offset('pvbus_hv', 'hv_kvop', ROOM.hypervisor, known.hvKvop),
    ciSelf: offset('cpu_info', 'ci_self', ROOM.cpu / 2, known.ciSelf),
    ciCurproc: offset('cpu_info', 'ci_curproc', ROOM.cpu / 2, known.ciCurproc),
    cifCpu: offset('cpu_info_full', 'cif_cpu', ROOM.cpu / 2, known.cifCpu),
    procSize: size('proc', ROOM.proc, known.procSize),
    ifList: offset('ifnet', 'if_list', ROOM.ifnet, known.ifList),
    ifXname: offset('ifnet', 'if_xname', ROOM.ifnet, known.ifXname),
    ifAddrlist: addressList === null ? known.ifAddrlist : [addressList],
    ifSadl: linkAddress === null ? known.ifSadl : [linkAddress],
    ifaList: offset('ifaddr', 'ifa_list', IFADDR_ROOM, known.ifaList),
    addresses: {
      socket: socketOffsetsOf(structures),
      ifaddr: ifaddrOffsetsOf(structures, wordSize),
      inet6: AF_INET6,
    },
  };
}

/** dev/pv/pvvar.h: the hypervisor table has one entry a kind, VMware's is the third. */
export const PVBUS_VMWARE = 2;
export const PVBUS_MAX = 8;
