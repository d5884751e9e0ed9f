import { expect } from 'vitest';
import { vmtbench } from './cli.ts';

/** The contents of a document's code blocks of one kind. */
export const blocksOf = (document: string, kind: string): string[] =>
  document
    .split(`\`\`\`${kind}\n`)
    .slice(1)
    .map((rest) => rest.split('```')[0] as string);

/** Runs the command in a block's first line and compares what it prints with the block: `...` is anything. */
export async function expectTranscript(block: string): Promise<void> {
  const [command = '', ...shown] = block.trimEnd().split('\n');
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  expect(words.slice(0, 3)).toEqual(['$', 'npx', 'vmtbench']);
  const { stdout } = await vmtbench(...words.slice(3));
  // The pieces between the lines of dots stand in the output, in that order.
  let at = 0;
  for (const piece of `\n${shown.join('\n')}`.split('\n...').filter((text) => text.trim() !== '')) {
    const found = stdout.indexOf(piece.trimStart(), at);
    expect([piece, found >= at]).toEqual([piece, true]);
    at = found + piece.trimStart().length;
  }
}
