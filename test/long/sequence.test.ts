import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Bench, run } from '../../src/bench/index.ts';
import type { Finding } from '../../src/judge/index.ts';
import type { ObjectFile } from '../../src/object/index.ts';
import { RIGHT_FORMS, SEQUENCE_FORMS } from '../fixtures/sequence-forms.ts';
import { MACHINES } from '../guest/support/compile.ts';
import { COMPILERS, type Compiler, compileDriver, LEVELS } from '../guest/support/sequence-driver.ts';

/**
 * Where a form's error has no effect: builds (machine, compiler, level) that match. Either the driver uses nothing of
 * what is lost, or the compiler keeps nothing there over a call.
 */
const HARMLESS: Readonly<Record<string, RegExp>> = {
  'bp-lost': /clang -O0/,
  'clobber-cx': /gcc|-O0/,
  'clobber-memory': /clang|-O0/,
  'load-bp-32': /./,
  'no-cld': /./,
  'operands-bp-moved': /amd64 clang -O[123]/,
  'operands-memory': /./,
  'operands-volatile': /clang|-O[012s]/,
  'red-zone': /gcc -O[1s]/,
  'stack-left': /amd64 gcc -O0|i386 gcc -O[01s]/,
  'store-bp': /./,
  'store-cx-32': /./,
};

/** Forms that depend on what the protocol leaves open: found by a host that fills it. */
const OPEN = ['length-for-message', 'success-in-ax', 'type-in-dx'];

function findingsOf(object: ObjectFile, unspecified: number): readonly Finding[] {
  const bench = new Bench({ object, host: { unspecified } });
  try {
    return run(bench, { until: 60e9 }).findings;
  } finally {
    bench.close();
  }
}

function isThere(compiler: Compiler): boolean {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log(`skipped: the sequence by ${compiler}, which is not here`);
    return false;
  }
}

const BUILDS = COMPILERS.filter(isThere).flatMap((compiler) =>
  MACHINES.flatMap((machine) => LEVELS.map((level) => ({ compiler, machine, level }))),
);

describe.each(BUILDS)('$machine, $compiler $level', ({ compiler, machine, level }) => {
  const forms = SEQUENCE_FORMS.filter((form) => form.machine === machine);
  const build = `${machine} ${compiler} ${level}`;
  const judged = (flags: readonly string[], unspecified: number) =>
    findingsOf(compileDriver(machine, flags, level, compiler), unspecified);

  it.each(forms.filter(({ form }) => RIGHT_FORMS.includes(form)))('$form has no finding', ({ flags }) => {
    for (const unspecified of [0, 1]) expect(judged(flags, unspecified)).toEqual([]);
  });

  it.each(forms.filter(({ form }) => !RIGHT_FORMS.includes(form)))('$form', ({ form, flags }) => {
    const found = judged(flags, OPEN.includes(form) ? 1 : 0);
    if (HARMLESS[form]?.test(build) === true) expect(found).toEqual([]);
    else expect(found).not.toEqual([]);
  });
});
