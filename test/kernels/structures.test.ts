import { describe, expect, test } from 'vitest';
import * as freebsd from '../../src/kernels/freebsd/offsets.ts';
import * as netbsd from '../../src/kernels/netbsd/offsets.ts';
import * as openbsd from '../../src/kernels/openbsd/offsets.ts';
import { type ObjectFile, parseObject } from '../../src/object/index.ts';
import { MACHINES } from '../guest/support/compile.ts';
import { build, hasTools } from '../object/dwarf/support.ts';

const OPENBSD = `
typedef unsigned char u8;
struct device { u8 filler[100]; char dv_xname[16]; };
struct pvbus_hv { unsigned base; u8 filler[60]; void *hv_arg; void *hv_kvop; };
struct pv_attach_args { u8 filler[16]; struct pvbus_hv *pva_hv; };
struct proc { u8 filler[600]; };
struct cpu_info { u8 filler[64]; struct cpu_info *ci_self; u8 more[FILLER]; struct proc *ci_curproc; };
struct cpu_info_full { u8 filler[4096]; struct cpu_info cif_cpu; };
struct device d; struct pv_attach_args a; struct cpu_info_full c; struct proc p;
`;

const NETBSD = `
typedef unsigned char u8;
struct vmt_softc { u8 filler[24]; void *sc_dev; };
struct cpu_info { u8 filler[FILLER]; struct cpu_info *ci_self; };
struct cfattach { u8 filler[64]; unsigned long ca_devsize; void *ca_attach, *ca_match; };
struct cpufeature_attach_args { const char *name; struct cpu_info *ci; };
struct sysmon_pswitch { int smpsw_type; u8 filler[8]; const char *smpsw_name; };
struct sysctlnode { u8 filler[16]; unsigned sysctl_num, sysctl_flags; };
struct vmt_softc s; struct cfattach c; struct cpufeature_attach_args a; struct sysmon_pswitch p; struct sysctlnode n;
`;

const FREEBSD = `
typedef unsigned char u8;
struct mtx { u8 filler[32]; unsigned long mtx_lock; };
struct task { void *ta_context, *ta_func; short ta_pending; };
struct timeout_task { u8 filler[FILLER]; struct task t; };
struct callout { u8 filler[80]; short c_iflags, c_flags; };
struct driver_module_data { void *dmd_driver; const char *dmd_busname; };
struct kobj_class { unsigned long size; void *methods; const char *name; };
struct vnet { u8 filler[96]; unsigned long vnet_data_base; };
struct thread { u8 filler[1000]; struct vnet *td_vnet; };
struct mtx m; struct timeout_task t; struct callout c; struct driver_module_data d; struct kobj_class k;
struct vnet v; struct thread h;
`;

/** What the kernels' structures are filled up with so that a field lies beyond all room. */
const FAR = 1_000_000;

describe.skipIf(!hasTools).each(MACHINES)("the kernel's structures on %s", (machine) => {
  const word = machine === 'amd64' ? 8 : 4;
  const compiled = (source: string, filler: number, ...flags: string[]): ObjectFile =>
    parseObject(build({ 'a.c': source }, 'gcc', machine, [`-DFILLER=${filler}`, ...flags]), 'a.o');

  test.each([
    ['OpenBSD', OPENBSD, openbsd],
    ['NetBSD', NETBSD, netbsd],
    ['FreeBSD', FREEBSD, freebsd],
  ] as const)(
    '%s: lie where the release has them, where the object says nothing',
    (_, source, { offsetsOf, OFFSETS }) => {
      expect(offsetsOf(compiled(source, 8), word)).toMatchObject(OFFSETS[word]);
    },
  );

  test('OpenBSD: lie where the object says', () => {
    const found = openbsd.offsetsOf(compiled(OPENBSD, 8, '-g'), word);
    expect(found).toMatchObject({ dvXname: 100, pvaHv: 16, hvArg: 64, hvKvop: 64 + word, hvSize: 64 + 2 * word });
    expect(found).toMatchObject({ ciSelf: 64, ciCurproc: 72 + word, cifCpu: 4096, procSize: 600 });
    expect(openbsd.offsetsOf(compiled(OPENBSD, FAR, '-g'), word)).toMatchObject({ ciSelf: 64, ciCurproc: null });
  });

  test('NetBSD: lie where the object says', () => {
    const known = netbsd.OFFSETS[word];
    expect(netbsd.offsetsOf(compiled(NETBSD, 600, '-g'), word)).toMatchObject({
      ...{ scDev: 24, ciSelf: 600, cfattach: { devsize: 64, attach: 64 + word, match: 64 + 2 * word } },
      ...{ attachArgs: { name: 0, ci: word }, pswitch: { type: 0, name: word === 8 ? 16 : 12 } },
      sysctlnode: { ...known.sysctlnode, num: 16, flags: 20 },
    });
    expect(netbsd.offsetsOf(compiled(NETBSD, FAR, '-g'), word).ciSelf).toBe(known.ciSelf);
  });

  test('FreeBSD: lie where the object says', () => {
    const known = freebsd.OFFSETS[word];
    expect(freebsd.offsetsOf(compiled(FREEBSD, 64, '-g'), word)).toMatchObject({
      ...{ lockWord: 32, task: { context: 0, func: word, pending: 2 * word }, timeoutTask: 64 },
      ...{ callout: { iflags: 80, flags: 82 }, driverModule: { driver: 0, busname: word } },
      ...{ kobjClass: { size: 0, methods: word, name: 2 * word }, vnetDataBase: 96, tdVnet: 1000 },
    });
    expect(freebsd.offsetsOf(compiled(FREEBSD, FAR, '-g'), word).timeoutTask).toBe(known.timeoutTask);
  });
});
