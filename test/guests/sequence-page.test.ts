import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { formsOf, saidOf } from './sequence-says.ts';

const ROWS = readFileSync('docs/your-sequence.md', 'utf8')
  .split('\n')
  .map((line) => ({ line, forms: formsOf(line) }))
  .filter(({ forms }) => forms.length > 0);

it.each(ROWS)('docs/your-sequence.md has what the bench says of $forms', ({ line, forms }) => {
  expect(line.split(/(?<!\\)\|/)[3]?.trim()).toBe(saidOf(forms));
});
