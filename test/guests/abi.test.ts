import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, codeOfSites, run } from '../../src/bench/index.ts';
import { check } from '../../src/check/index.ts';
import { type Finding, Judges } from '../../src/judge/index.ts';
import { type ObjectFile, parseObject } from '../../src/object/index.ts';
import { compile, hasCompiler, KERNEL, MACHINES, type TestMachine } from '../guest/support/compile.ts';

const objectOf = (name: string): ObjectFile => parseObject(readFileSync(`fixtures/kernels/${name}.o`), name);

const abiOf = (findings: readonly Finding[]): Finding[] => findings.filter(({ invariant }) => invariant === 'abi');

function findingsOf(object: ObjectFile): readonly Finding[] {
  const bench = new Bench({ object });
  try {
    return run(bench, { until: 20e9 }).findings;
  } finally {
    bench.close();
  }
}

const LOST = (register: string): RegExp =>
  new RegExp(`^vm_rpc_\\w+ uses ${register} behind a sequence that overwrites it$`);

/** What the rule says of the small driver's wrong forms: those that lose registers, flags or the stack. */
const FORMS: readonly (readonly [form: string, title: RegExp])[] = [
  ['bp-lost-amd64', LOST('RBP')],
  ['bp-lost-i386', /^vmt_probe_cmd uses EBP behind a sequence that overwrites it$/],
  ['bx-lost-amd64', LOST('RBX')],
  ['bx-lost-i386', LOST('EBX')],
  ['si-lost-i386', LOST('ESI')],
  ['di-lost-i386', /^vmt_probe_cmd does not keep EDI$/],
  ['clobber-dx-amd64', LOST('RDX')],
  ['clobber-si-amd64', LOST('RSI')],
  ['leaves-direction-set-amd64', /^vm_rpc_step leaves the direction flag set$/],
  ['leaves-direction-set-i386', /^vm_rpc_step leaves the direction flag set$/],
  ['leaves-interrupts-off-amd64', /^vm_rpc_step leaves interrupts off$/],
  ['leaves-interrupts-off-i386', /^vm_rpc_step leaves interrupts off$/],
  ['no-cld-direction-set-amd64', /^vm_rpc_step leaves the direction flag set$/],
  ['stack-left-amd64', /^vmt_probe_cmd returns with the stack pointer off by -8 bytes$/],
  ['red-zone-amd64', /^vmt_match pushes over its red zone$/],
];

describe('a sequence that breaks the ABI is found by a plain run, with its line', () => {
  it.each(FORMS)('%s', (form, title) => {
    const [finding, ...others] = abiOf(findingsOf(objectOf(`sequence/${form}`)));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ title: expect.stringMatching(title), line: expect.stringMatching(/\.[ch]:\d+$/) });
    expect(finding?.explanation).toMatch(/ at vm\w*\+0x[0-9a-f]+ \(vmt_rpc\.c:\d+/);
  });

  it('and by check, once', async () => {
    const object = 'fixtures/kernels/sequence/leaves-direction-set-amd64.o';
    const { findings } = await check({ object, maxRuns: 5 });
    expect(abiOf(findings).map(({ title }) => title)).toEqual(['vm_rpc_step leaves the direction flag set']);
  });
});

/** Guests that keep it: of each kernel, each compiler setting that the fixtures have. */
const SOUND = [
  'vmt-patched',
  'vmt-hardened',
  'vmt-netbsd-patched',
  'vmt-freebsd-patched',
  'sequence/right',
  'sequence/operands',
];

describe.each(MACHINES)('a guest that keeps the ABI has no such finding, %s', (machine) => {
  it.each(SOUND)('%s', (name) => {
    expect(abiOf(findingsOf(objectOf(`${name}-${machine}`)))).toEqual([]);
  });
});

/** What a call of one function finds. */
function called(source: string, machine: TestMachine, level = '-O1'): string[] {
  const bench = new Bench({ object: compile(source, machine, [level, ...KERNEL[machine]]), guest: { kernel: 'bare' } });
  try {
    const judges = new Judges(bench, [], [], 'call');
    const executed = new Set<bigint>();
    bench.watchers.push(judges, { access: ({ pc }) => executed.add(pc) });
    const { outcome } = bench.call('f', []);
    const code = codeOfSites(bench.guest, executed);
    const { verdicts } = judges.judge(outcome, { at: bench.now, blocks: bench.guest.heap.live, code: () => code });
    return verdicts.filter(({ invariant }) => invariant === 'abi').map(({ title }) => title);
  } finally {
    bench.close();
  }
}

const VERSION = 'mov $0x564d5868, %%eax; mov $10, %%ecx; mov $0x5658, %%edx; in (%%dx), %%eax';
const LISTED = '"eax", "ecx", "edx"';

describe.skipIf(!hasCompiler).each(MACHINES)('code of our own, %s', (machine) => {
  const word = machine === 'amd64' ? 'r' : 'e';
  const levels = ['-O0', '-O1', '-O2', '-Os'];

  it.each(levels)('a sequence that lists what it changes, %s', (level) => {
    expect(called(`void f(void) { __asm__ volatile("${VERSION}" : : : ${LISTED}, "ebx"); }`, machine, level)).toEqual(
      [],
    );
  });

  it.each(levels)('BX is changed and not listed, %s', (level) => {
    const source = `void f(void) { __asm__ volatile("${VERSION}" : : : ${LISTED}); }`;
    // GETVERSION answers in EBX; only an instruction that names it shows it to the code's reader.
    const named = source.replace('in (%%dx)', 'xor %%ebx, %%ebx; in (%%dx)');
    const title = `does not keep ${word.toUpperCase()}BX`;
    expect(called(named, machine, level)).toEqual([expect.stringContaining(title)]);
    expect(called(source, machine, level)).toEqual([expect.stringContaining(title)]);
  });

  it.each([
    ['std', 'leaves the direction flag set'],
    ['cli', 'leaves interrupts off'],
  ])('%s behind the instruction, and what undoes it', (instruction, title) => {
    const of = (more: string): string[] =>
      called(`void f(void) { __asm__ volatile("${more}" : : : ${LISTED}, "ebx", "cc", "memory"); }`, machine);
    expect(of(`${VERSION}; ${instruction}`)).toEqual([expect.stringContaining(title)]);
    expect(of(`pushf; ${VERSION}; ${instruction}; popf`)).toEqual([]);
    expect(of(`${VERSION}; ${instruction}; ${instruction === 'std' ? 'cld' : 'sti'}`)).toEqual([]);
  });

  it('a flag is set on one of two ways only, which this call does not go', () => {
    const source = `int more; void f(void) { __asm__ volatile("${VERSION}" : : : ${LISTED}, "ebx");
      if (more) __asm__ volatile("std"); }`;
    expect(called(source, machine)).toEqual([]);
  });

  it('where no backdoor instruction is near, the kernel sees it', () => {
    expect(called('void f(void) { __asm__ volatile("std"); }', machine)).toEqual([
      'the call of f leaves the direction flag set',
    ]);
  });
});
