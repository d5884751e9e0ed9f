/** Where fields lie in the kernel's structures, bytes. */
export interface Offsets {
  /** struct vmt_softc of dev/vmt/vmtvar.h, from 2020 on: sc_dev. */
  readonly scDev: number;
  /** struct cpu_info: ci_self. */
  readonly ciSelf: number;
  /** struct sysmon_pswitch: smpsw_type, an int, after smpsw_name. */
  readonly smpswType: number;
}

/** NetBSD by the size of a pointer: dev/vmt/vmtvar.h, machine/cpu.h, dev/sysmon/sysmonvar.h. */
export const OFFSETS: Readonly<Record<4 | 8, Offsets>> = {
  8: { scDev: 0, ciSelf: 8, smpswType: 8 },
  4: { scDev: 0, ciSelf: 4, smpswType: 4 },
};

/**
 * sys/device.h, struct cfattach in pointers: ca_name, two of ca_list, ca_devsize, ca_flags (an int, padded), then the
 * functions.
 */
export const CFATTACH = { devsize: 3, match: 5, attach: 6, detach: 7 } as const;

/** sys/sysctl.h, struct sysctlnode: its pointers are padded to 8 bytes, so it is the same on both machines. */
export const SYSCTLNODE = { flags: 0, num: 4, name: 8, version: 40, data: 48, size: 64, func: 72, parent: 80, end: 96 };
