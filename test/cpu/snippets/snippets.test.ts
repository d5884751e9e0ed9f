import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { executeSnippets } from './campaign.ts';

/** The long tests execute a million. */
const SNIPPETS = 3000;

test(`${SNIPPETS} random snippets: no crash, no hang, no difference between two runs or after a restore`, async () => {
  expect(await executeSnippets(1, SNIPPETS)).toEqual([]);
});

test('a snippet that brings its process down is reported, and the search goes on behind it', async () => {
  const program = fileURLToPath(new URL('dying-child.ts', import.meta.url));
  const failures = await executeSnippets(7, 16, program);
  expect(failures.map(({ seed, what }) => [seed, /SIGSEGV|something/.exec(what)?.[0]])).toEqual([
    [10, 'SIGSEGV'],
    [15, 'something'],
    [20, 'SIGSEGV'],
  ]);
});
