import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { vmtbench } from '../support/cli.ts';
import { shellWords } from '../support/shell-words.ts';
import { blocksOf } from '../support/transcript.ts';

const [block = ''] = blocksOf(readFileSync('docs/check.md', 'utf8'), 'console');
const [command = '', ...screen] = block.trimEnd().split('\n...')[0]?.split('\n') ?? [];

it('the first screen of a whole check stands in docs/check.md, and every cause is repeated by its command', async () => {
  const { stdout } = await vmtbench(...shellWords(command).slice(3));
  const lines = stdout.trimEnd().split('\n');
  expect(lines.slice(0, screen.length)).toEqual(screen);
  expect(lines.length).toBeLessThanOrEqual(160);
  const repeats = lines.flatMap((line) => /^ {3}repeat: vmtbench (.*)$/.exec(line)?.[1] ?? []);
  expect(repeats).toHaveLength((screen.length - 1) / 2);
  for (const [index, repeat] of repeats.entries()) {
    const { status, stdout: run } = await vmtbench(...shellWords(repeat), '--json');
    const rules = (JSON.parse(run) as { findings: { invariant: string }[] }).findings.map(({ invariant }) => invariant);
    const [, asked = ''] = /^ {3}\w+; ([^;]+);/.exec(screen[2 * index + 2] ?? '') ?? [];
    expect([repeat, status, asked.split(', ').some((rule) => rules.includes(rule))]).toEqual([repeat, 1, true]);
  }
});
