import { expect, test } from 'vitest';
import { executeSnippets } from './campaign.ts';

/** The long tests execute a million. */
const SNIPPETS = 3000;

test(`${SNIPPETS} random snippets: no crash, no hang, no difference between two runs or after a restore`, async () => {
  expect(await executeSnippets(1, SNIPPETS)).toEqual([]);
});
