import { describe, expect, it } from 'vitest';
import { Bench, ExecutedSites, sitesReport } from '../../src/bench/index.ts';
import { compile, hasCompiler, MACHINES } from '../guest/support/compile.ts';

/** A module whose `in` the kernel replaces by a hypercall where CPUID offers one, at the same address. */
const MODULE = `
extern void kfree(const void *);
int init_module(void) { kfree(0); return 0; }
__asm__(
".text\\n.globl ask\\nask: movl $0x564d5868, %eax\\n movl $10, %ecx\\n movl $0x5658, %edx\\n"
"1: inl (%dx), %eax\\n nop\\n nop\\n2: ret\\n"
".section .altinstr_replacement,\\"ax\\"\\n"
"3: vmcall\\n4: vmmcall\\n5:\\n"
".section .altinstructions,\\"a\\"\\n"
" .long 1b - ., 3b - .\\n .word 8*32+18\\n .byte 2b-1b, 4b-3b\\n"
" .long 1b - ., 4b - .\\n .word 8*32+19\\n .byte 2b-1b, 5b-4b\\n"
".text\\n");
`;

describe.skipIf(!hasCompiler).each(MACHINES)('the sites of code that the kernel replaced, %s', (machine) => {
  it.each([
    ['port', true, ['vmcall', 'vmmcall']],
    ['vmcall', true, ['in', 'vmmcall']],
    ['vmmcall', true, ['in', 'vmcall']],
    ['vmcall', false, ['vmcall', 'vmmcall']],
  ] as const)('host hypercall=%s, alternatives applied: %s', (hypercall, alternatives, missed) => {
    const object = compile(MODULE, machine);
    const guest = { kernel: 'linux', alternatives } as const;
    const bench = new Bench({ object, host: { hypercall }, guest });
    try {
      const sites = new ExecutedSites();
      bench.watchers.push(sites);
      expect(bench.call('ask', []).outcome).toBeNull();
      expect(bench.ports.accesses).toBe(1);
      const report = sitesReport(bench.guest, sites.all);
      expect(report).toMatchObject({ executed: 1, total: 3 });
      expect(report.missed.map(({ instruction }) => instruction).sort()).toEqual(missed);
    } finally {
      bench.close();
    }
  });
});
