import { afterAll, expect, test } from 'vitest';
import { executeSnippets } from '../cpu/snippets/campaign.ts';

const SNIPPETS = 1_000_000;
const PARTS = 20;
const SHARE: number = SNIPPETS / PARTS;

/** Seeds are 32 bits wide. */
const seed = Date.now() % 0xf000_0000;
let executed = 0;

afterAll(() => console.log(`${executed} random snippets, seed ${seed}`));

test.each(Array.from({ length: PARTS }, (_, part) => part))(
  `${SHARE} of ${SNIPPETS} random snippets, each run twice and through a snapshot: part %i`,
  async (part) => {
    expect(await executeSnippets(seed + part * SHARE, SHARE)).toEqual([]);
    executed += SHARE;
  },
);
