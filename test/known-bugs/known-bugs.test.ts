import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseObject } from '../../src/index.ts';
import { type RunJson, vmtbench } from '../support/cli.ts';
import { isThere, type KnownBug, knownBugs, type Objects } from './script.ts';

const bugs = knownBugs('--list', '--json') as KnownBug[];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmtbench-known-bugs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compileAll = (...args: string[]) => knownBugs('--only-build', '--build', folder, ...args) as Objects[];
const symbolsOf = (file: string) => parseObject(readFileSync(file), file).symbols;

test('every entry is complete, and there are many kinds from many systems', () => {
  // The script refuses an entry that lacks something.
  expect(bugs.length).toBeGreaterThanOrEqual(25);
  expect(new Set(bugs.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(10);
  expect(new Set(bugs.map(({ system }) => system)).size).toBeGreaterThanOrEqual(10);
});

describe.each(['gcc', 'clang'])('by %s', (compiler) => {
  test.skipIf(!isThere(compiler))('all compile; a plain run of a fix finds nothing', async () => {
    const objects = compileAll('--cc', compiler);
    expect(objects.map(({ bug }) => bug)).toEqual(bugs.map(({ bug }) => bug));
    for (const [index, { bug, good, marked }] of objects.entries()) {
      const marks = symbolsOf(marked).flatMap(({ name }) => (name.startsWith('mark_') ? [name] : []));
      expect(marks.sort(), bug).toEqual(['mark_reached', 'mark_triggered']);

      const { kernel, call } = bugs[index] ?? { kernel: '' };
      const asked = call === undefined ? ['run', good, '--kernel', kernel] : ['call', good, call];
      const { stdout, stderr } = await vmtbench(...asked, '--json');
      expect(stderr, bug).toBe('');
      const { findings }: RunJson = JSON.parse(stdout);
      expect(
        findings.map(({ title }) => title),
        bug,
      ).toEqual([]);
    }
  });

  test.skipIf(!isThere(compiler))('renamed: no symbol keeps its name but those that Linux asks for', () => {
    const [objects] = compileAll('--cc', compiler, '--bug', 'log-leak', '--prefix', 'qz_');
    const defined = symbolsOf(objects?.good ?? '').filter(({ home }) => home !== 'undefined');
    const names = defined.map(({ name }) => name).filter((name) => /^[a-z]\w*$/i.test(name));
    expect(names).toContain('qz_timer');
    expect(names.filter((name) => !name.startsWith('qz_')).sort()).toEqual(['cleanup_module', 'init_module']);
  });
});
