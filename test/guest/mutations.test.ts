import { expect, test } from 'vitest';
import { storm, tryOut, victims } from './support/mutations.ts';

const objects = victims();

test('every undamaged object runs', () => {
  for (const [name, bytes] of objects) expect([name, tryOut(bytes, name)]).toEqual([name, 'run']);
});

test('thousands of damaged objects come to an error or a run, never to a crash', () => {
  const ends = storm(2000, 1, objects);
  expect(ends.get('run')).toBeGreaterThan(200);
  expect(ends.size).toBeGreaterThan(6);
});

test('a small object cut off at every byte comes to an error or a run', () => {
  for (const name of ['loop-getversion-amd64.o', 'loop-getversion-i386.o', 'program-i386', 'library-amd64']) {
    const bytes = objects.get(name);
    if (bytes === undefined) continue;
    const ends = new Set<string>();
    for (let length = 0; length < bytes.length; length++) ends.add(tryOut(bytes.subarray(0, length), name));
    expect(ends, name).toContain('elf.magic');
    expect(ends, name).toContain('elf.truncated');
  }
});
