import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { vmtbench } from '../support/cli.ts';

const OBJECT = 'fixtures/kernels/vmt-patched-amd64.o';
const SCENARIO = 'for: 1s\n';
const folder = mkdtempSync(join(tmpdir(), 'vmtbench-outputs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** Every file of the folder, by name. */
const files = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [[entry.name, readFileSync(at(entry.name), 'latin1')]] : [],
    ),
  );

beforeEach(() => {
  for (const name of ['a.o', 'b.o']) copyFileSync(OBJECT, at(name));
  writeFileSync(at('plan.yaml'), SCENARIO);
  writeFileSync(at('base.json'), '{"findings":[]}');
});

const SHORT = ['--for', '1s', '--budget', '1', '--workers', '1'];

/** Inputs by the flags that name them, outputs by theirs. */
const CLASHES: readonly (readonly string[])[] = [
  ['run', 'a.o', '--trace', 'a.o'],
  ['run', 'a.o', '--scenario', 'plan.yaml', '--trace', 'plan.yaml'],
  ['call', 'a.o', 'vmt_probe', '--trace', 'a.o'],
  ['check', 'a.o', ...SHORT, '--sarif', 'a.o'],
  ['check', 'a.o', ...SHORT, '--junit', 'a.o'],
  ['check', 'a.o', ...SHORT, '--compare', 'b.o', '--sarif', 'b.o'],
  ['check', 'a.o', ...SHORT, '--baseline', 'base.json', '--junit', 'base.json'],
  ['check', 'a.o', ...SHORT, '--scenario', 'plan.yaml', '--sarif', 'plan.yaml'],
  ['check', 'a.o', ...SHORT, '--junit', 'new', '--sarif', 'new'],
];

const inFolder = (words: readonly string[]): string[] =>
  words.map((word) => (/\.(?:o|yaml|json)$|^new$/.test(word) ? at(word) : word));

describe('no output is an input, and no two are one file', () => {
  it.each(CLASHES)('%s %s %s %s %s %s %s %s %s %s %s', async (...words) => {
    const before = files();
    const { status, stdout, stderr } = await vmtbench(...inFolder(words.filter((word) => word !== undefined)));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: .* of --\w+ is (?:an input of this command|the file of --junit, too)\n {2}Name/);
    expect(files()).toEqual(before);
  });

  it.each([
    ['a symbolic link', symlinkSync],
    ['a hard link', linkSync],
  ])('by whatever name: %s', async (name, link) => {
    const other = at(`${name.replaceAll(' ', '-')}.o`);
    link(at('a.o'), other);
    const { status } = await vmtbench('run', at('a.o'), '--for', '1s', '--trace', other);
    expect(status).toBe(2);
    expect(readFileSync(at('a.o')).equals(readFileSync(OBJECT))).toBe(true);
  });

  it('two names of one new file', async () => {
    mkdirSync(at('sub'), { recursive: true });
    const names = ['--junit', at('x'), '--sarif', join(folder, 'sub', '..', 'x')];
    expect(await vmtbench('check', at('a.o'), ...SHORT, ...names)).toMatchObject({ status: 2, stdout: '' });
  });

  it('what is no plain file may be named twice', async () => {
    const names = ['--junit', '/dev/null', '--sarif', '/dev/null'];
    expect(await vmtbench('check', at('b.o'), ...SHORT, ...names)).toMatchObject({ stderr: '' });
  });
});

describe('a command that fails leaves what was there', () => {
  it.each([
    ['call', 'nosuch'],
    ['call', 'vmt_probe', 'nonsense'],
    ['call', 'vmt_probe', '--event', 'at=1s nosuch'],
  ])('%s %s %s %s', async (command, ...words) => {
    writeFileSync(at('old.trace'), 'good');
    const { status } = await vmtbench(command, at('a.o'), ...words, '--trace', at('old.trace'));
    expect([status, readFileSync(at('old.trace'), 'utf8')]).toEqual([2, 'good']);
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('check looks at the other object first', async () => {
    const { status, stdout, stderr } = await vmtbench('check', at('a.o'), '--compare', at('absent.o'));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('absent.o');
  });

  it('a folder that is not there is said before the work', async () => {
    const { status, stdout } = await vmtbench('check', at('a.o'), '--sarif', at('absent/x'));
    expect([status, stdout]).toEqual([2, '']);
  });
});
