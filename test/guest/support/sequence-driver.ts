import { resolve } from 'node:path';
import type { ObjectFile } from '../../../src/object/index.ts';
import { type Compiler, compile, KERNEL, type TestMachine } from './compile.ts';

export type { Compiler } from './compile.ts';
export const COMPILERS: readonly Compiler[] = ['gcc', 'clang'];
export const LEVELS = ['-O0', '-O1', '-O2', '-O3', '-Os'] as const;

const SOURCE = resolve('fixtures/kernels/sequence/driver.c');

/** As scripts/build-fixtures.sh compiles it, the level aside. */
const FLAGS = [
  '-g1',
  '-fno-omit-frame-pointer',
  '-std=gnu11',
  '-nostdinc',
  '-fno-builtin',
  '-fno-strict-aliasing',
  '-fno-common',
  '-w',
];

/** The small driver around one sequence, compiled now. @param flags a row of sequence/forms, or others like it */
export const compileDriver = (
  machine: TestMachine,
  flags: readonly string[],
  level = '-O2',
  compiler: Compiler = 'gcc',
): ObjectFile => {
  const all = [level, ...FLAGS, ...KERNEL[machine], '-DVMT_PATCHED', ...flags];
  return compile(`#include "${SOURCE}"\n`, machine, all, compiler);
};
