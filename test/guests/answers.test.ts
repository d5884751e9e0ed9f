import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, run } from '../../src/bench/index.ts';
import { type ObjectFile, parseObject } from '../../src/object/index.ts';
import { hasCompiler, MACHINES } from '../guest/support/compile.ts';
import { compileDriver } from '../guest/support/sequence-driver.ts';

const objectOf = (name: string): ObjectFile => parseObject(readFileSync(`fixtures/kernels/${name}.o`), name);

/** Rule and explanation of what a plain run finds. */
function findingsOf(object: ObjectFile): { readonly invariant?: string; readonly explanation: string }[] {
  const bench = new Bench({ object });
  try {
    return run(bench, { until: 20e9 }).findings.map(({ invariant, explanation }) => ({
      ...(invariant === undefined ? {} : { invariant }),
      explanation,
    }));
  } finally {
    bench.close();
  }
}

const attaches = (object: ObjectFile): string =>
  findingsOf(object).find(({ invariant }) => invariant === 'attaches')?.explanation ?? '';

const GONE = 'was (?:overwritten|lost) at vm\\w+\\+0x[0-9a-f]+ \\(vmt_rpc\\.c:\\d+.*\\).* before anything read it';

/** The answer that the driver never read. */
const FORMS: readonly (readonly [form: string, answer: string])[] = [
  ['store-bx', 'EBX of GETVERSION'],
  ['store-cx', 'ECX of rpci.open'],
  ['store-dx', 'EDX of rpci.open'],
  ['store-si', 'ESI of rpci.open'],
  ['store-di', 'EDI of rpci.open'],
  ['operands-bx-in', 'EBX of GETVERSION'],
  ['operands-cx-in', 'ECX of rpci.open'],
  ['operands-dx-in', 'EDX of rpci.open'],
  ['operands-si-in', 'ESI of rpci.open'],
  ['operands-di-in', 'EDI of rpci.open'],
];

describe.each(MACHINES)('an answer that the guest failed on without reading it is explained, %s', (machine) => {
  it.each(FORMS)('%s: %s', (form, answer) => {
    const explanation = attaches(objectOf(`sequence/${form}-${machine}`));
    expect(explanation).toMatch(new RegExp(`${answer} ${GONE}`));
    // Of the registers that the driver does read nothing is said.
    expect(explanation.match(/before anything read it/g)).toHaveLength(1);
  });

  it.each([
    ['store-si', 'ESI'],
    ['store-di', 'EDI'],
  ])('%s: the step that is refused for it says so, too', (form, register) => {
    const found = findingsOf(objectOf(`sequence/${form}-${machine}`)).find(({ invariant }) => invariant === 'conforms');
    expect(found?.explanation).toMatch(new RegExp(`^${register} holds .* ${register} of rpci\\.open ${GONE}`));
  });

  it('store-ax: it is stored where nothing reads it', () => {
    const explanation = attaches(objectOf(`sequence/store-ax-${machine}`));
    expect(explanation).toMatch(/EAX of GETMHZ was stored at vm\w+\+0x[0-9a-f]+ .*, and nothing reads it there/);
  });

  it('a cookie that is refused for another reason has no such sentence', () => {
    const explanation = attaches(objectOf(`sequence/store-swap-si-di-${machine}`));
    expect(explanation).toContain('The host offers the device.');
    expect(explanation).not.toMatch(/before anything read it|nothing reads it there/);
  });
});

describe.skipIf(!hasCompiler).each(MACHINES)('compiled now, %s', (machine) => {
  const levels = ['-O0', '-O1', '-O2', '-O3', '-Os'];

  it.each(levels)('the right sequence is clean, %s', (level) => {
    expect(findingsOf(compileDriver(machine, [], level))).toEqual([]);
    expect(findingsOf(compileDriver(machine, ['-DOPERANDS'], level))).toEqual([]);
  });

  // At -O3 a call follows that could take the register for an argument: nothing is said.
  it.each(['-O0', '-O1', '-O2', '-Os'])('a register that is not stored is named, %s', (level) => {
    const explanation = attaches(compileDriver(machine, ['-DSTORE_CX='], level));
    expect(explanation).toMatch(/ECX of rpci\.open was (?:overwritten|lost)/);
  });

  it.each(levels)('without the memory clobber it is clean or found, %s', (level) => {
    const found = findingsOf(compileDriver(machine, ['-DCLOBBER_MEMORY='], level));
    if (level === '-O0') expect(found).toEqual([]);
    else
      expect(found.map(({ invariant }) => invariant)).toEqual(
        expect.arrayContaining([expect.stringMatching(/conforms|attaches/)]),
      );
  });
});
