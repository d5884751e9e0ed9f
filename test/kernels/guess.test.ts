import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { guessKernel } from '../../src/kernels/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { fixturePath } from '../guest/support/bench.ts';

test.each([
  ['vmt-unpatched-amd64.o', 'openbsd'],
  ['vmt-patched-i386.o', 'openbsd'],
  ['vmt-netbsd-unpatched-amd64.o', 'netbsd'],
  ['vmt-netbsd-subr-i386.o', 'netbsd'],
  ['vmt-freebsd-patched-amd64.o', 'freebsd'],
  ['vmt-freebsd-unpatched-i386.o', 'freebsd'],
  ['bare-amd64.o', 'bare'],
  ['bare-i386.o', 'bare'],
])('%s is for %s', (name, kernel) => {
  expect(guessKernel(parseObject(readFileSync(fixturePath(name)), name))).toBe(kernel);
});
