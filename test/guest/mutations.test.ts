import { expect, test } from 'vitest';
import { storm, tryOut, victims } from './support/mutations.ts';

test('every undamaged object runs', () => {
  for (const [name, bytes] of victims()) expect([name, tryOut(bytes, name)]).toEqual([name, 'run']);
});

test('thousands of damaged objects come to an error or a run, never to a crash', () => {
  const ends = storm(2000, 1);
  expect(ends.get('run')).toBeGreaterThan(200);
  expect(ends.size).toBeGreaterThan(6);
});
