import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { blocksOf, expectTranscript } from './support/transcript.ts';

/** docs/the-twelve-year-bug.md shows what its commands print. */

const story = readFileSync('docs/the-twelve-year-bug.md', 'utf8');
const blocks = blocksOf(story, 'console').map((text) => ({ text, command: text.split('\n')[0]?.split('/').at(-1) }));

it.each(blocks)('$command', ({ text }) => expectTranscript(text));

it('links to files that are there', () => {
  const links = [...story.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => join('docs', target as string));
  expect(links.length).toBeGreaterThan(0);
  for (const link of links) expect([link, existsSync(link)]).toEqual([link, true]);
});
