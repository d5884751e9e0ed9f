import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { guessKernel, parseObject } from '../../src/guest/index.ts';
import { fixturePath } from './support/bench.ts';

test.each([
  ['vmt-unpatched-amd64.o', 'openbsd'],
  ['vmt-patched-i386.o', 'openbsd'],
  ['bare-amd64.o', 'bare'],
  ['bare-i386.o', 'bare'],
])('%s is for %s', (name, kernel) => {
  expect(guessKernel(parseObject(readFileSync(fixturePath(name)), name))).toBe(kernel);
});
