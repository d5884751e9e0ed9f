import { afterAll, expect, test } from 'vitest';
import { storm } from '../guest/support/mutations.ts';

const MUTATIONS = 200_000;
const PARTS = 40;
const SHARE: number = MUTATIONS / PARTS;

const seed = Date.now() >>> 0;
const all = new Map<string, number>();

afterAll(() => {
  const reported = [...all].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
  console.log(`damaged objects, seed ${seed}: ${reported.join(', ')}`);
});

test.each(Array.from({ length: PARTS }, (_, part) => part))(
  `${SHARE} of ${MUTATIONS} damaged objects come to an error or a run, never to a crash or a hang: part %i`,
  (part) => {
    const ends = storm(SHARE, seed + part * SHARE);
    for (const [code, count] of ends) all.set(code, (all.get(code) ?? 0) + count);
    expect([...ends.values()].reduce((sum, count) => sum + count, 0)).toBe(SHARE);
    expect(ends.get('run')).toBeGreaterThan(SHARE / 10);
  },
);
