/** Where fields lie in the kernel's structures, bytes. */
export interface Offsets {
  /** struct device: dv_xname, 16 bytes. */
  readonly dvXname: number;
  /** struct pv_attach_args: pva_hv. */
  readonly pvaHv: number;
  /** Size of struct pvbus_hv, and its hv_arg and hv_kvop. */
  readonly hvSize: number;
  readonly hvArg: number;
  readonly hvKvop: number;
  /** struct cpu_info, as the segment register points at it: ci_self. */
  readonly ciSelf: number;
  /** struct ifnet: if_list. */
  readonly ifList: number;
  /** Where releases have if_addrlist and if_sadl: each place gets them, drivers read no other field there. */
  readonly ifAddrlist: readonly number[];
  readonly ifSadl: readonly number[];
}

/** OpenBSD 7.x by the size of a pointer: sys/device.h, dev/pv/pvvar.h, machine/cpu.h, net/if_var.h. */
export const OFFSETS: Readonly<Record<4 | 8, Offsets>> = {
  8: {
    dvXname: 36,
    pvaHv: 8,
    hvSize: 40,
    hvArg: 16,
    hvKvop: 24,
    ciSelf: 0x18,
    ifList: 16,
    ifAddrlist: [32, 48],
    ifSadl: [64, 456],
  },
  4: {
    dvXname: 20,
    pvaHv: 4,
    hvSize: 24,
    hvArg: 12,
    hvKvop: 16,
    ciSelf: 0x0c,
    ifList: 12,
    ifAddrlist: [20, 28],
    ifSadl: [44, 348],
  },
};

/** dev/pv/pvvar.h: the hypervisor table has one entry a kind, VMware's is the third. */
export const PVBUS_VMWARE = 2;
export const PVBUS_MAX = 8;
