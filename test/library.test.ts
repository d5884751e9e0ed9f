import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const FOLDER = 'examples/library';
const library = readFileSync('docs/library.md', 'utf8');
/** Each example with the output that is shown behind it. */
const shown = new Map(
  [...library.matchAll(/```ts\n(.*?)```\n\n```text\n(.*?)```/gs)].map(([, code = '', output = '']) => [code, output]),
);

describe('docs/library.md', () => {
  it.each(readdirSync(FOLDER))('shows %s and what it prints', async (name) => {
    const code = readFileSync(`${FOLDER}/${name}`, 'utf8');
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
    expect(shown.get(code)).toBe(stdout);
  });

  it('shows no example that is not there', () => {
    expect(shown.size).toBe(readdirSync(FOLDER).length);
  });
});
