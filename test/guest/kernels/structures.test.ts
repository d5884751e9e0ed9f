import { describe, expect, test } from 'vitest';
import { parseObject } from '../../../src/guest/index.ts';
import { OFFSETS, offsetsOf } from '../../../src/guest/kernels/openbsd/offsets.ts';
import { build, hasTools } from '../dwarf/support.ts';
import { MACHINES } from '../support/compile.ts';

const STRUCTURES = `
typedef unsigned char u8;
struct device { u8 filler[100]; char dv_xname[16]; };
struct pvbus_hv { unsigned base; u8 filler[60]; void *hv_arg; void *hv_kvop; };
struct pv_attach_args { u8 filler[16]; struct pvbus_hv *pva_hv; };
struct proc { u8 filler[600]; };
struct cpu_info { u8 filler[64]; struct cpu_info *ci_self; u8 more[CPU_FILLER]; struct proc *ci_curproc; };
struct cpu_info_full { u8 filler[4096]; struct cpu_info cif_cpu; };
struct device d; struct pv_attach_args a; struct cpu_info_full c; struct proc p;
`;

describe.skipIf(!hasTools).each(MACHINES)("the kernel's structures on %s", (machine) => {
  const word = machine === 'amd64' ? 8 : 4;
  const offsets = (filler: number, ...flags: string[]) => {
    const bytes = build({ 'a.c': STRUCTURES }, 'gcc', machine, [`-DCPU_FILLER=${filler}`, ...flags]);
    return offsetsOf(parseObject(bytes, 'a.o'), word);
  };

  test('lie where the object says', () => {
    const found = offsets(8, '-g');
    expect(found).toMatchObject({ dvXname: 100, pvaHv: 16, hvArg: 64, hvKvop: 64 + word, hvSize: 64 + 2 * word });
    expect(found).toMatchObject({ ciSelf: 64, ciCurproc: 72 + word, cifCpu: 4096, procSize: 600 });
  });

  test('lie where the release has them, where the object says nothing', () => {
    expect(offsets(8)).toEqual(OFFSETS[word]);
  });

  test('are not believed beyond their room', () => {
    expect(offsets(1_000_000, '-g')).toMatchObject({ ciSelf: 64, ciCurproc: null });
  });
});
