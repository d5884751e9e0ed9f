import { resolve } from 'node:path';
import type { ObjectFile } from '../../../src/object/index.ts';
import { compile, KERNEL, type TestMachine } from './compile.ts';

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
export const compileDriver = (machine: TestMachine, flags: readonly string[], level = '-O2'): ObjectFile =>
  compile(`#include "${SOURCE}"\n`, machine, [level, ...FLAGS, ...KERNEL[machine], '-DVMT_PATCHED', ...flags]);
