import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  countLines,
  findLongFiles,
  findMutualFolders,
  findWrongImports,
  importsOf,
  MAX_LINES,
  pictureOf,
  type SourceTree,
} from './architecture.ts';

const root = resolve(import.meta.dirname, '..');

function readTree(folder: string, extension: RegExp): Map<string, string> {
  const tree = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (!entry.isFile() || !extension.test(entry.name) || path.split('/').includes('build')) continue;
    tree.set(path, readFileSync(join(folder, path), 'utf8'));
  }
  return tree;
}

const treeOf = (files: Record<string, string>): SourceTree => new Map(Object.entries(files));

describe('the house', () => {
  const sources = readTree(join(root, 'src'), /\.ts$/);

  it('is where the test looks', () => {
    expect([...sources.keys()]).toContain('errors.ts');
    expect(importsOf(sources.get('cpu/registers.ts') ?? '')).not.toEqual([]);
  });

  it('has arrows that point one way only', () => {
    expect(findWrongImports(sources)).toEqual([]);
  });

  it('has no two folders that import each other', () => {
    expect(findMutualFolders(sources)).toEqual([]);
  });

  it('looks like the picture in docs/architecture.md', () => {
    const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const [, picture] = /```mermaid\n([\s\S]*?)\n```/.exec(page) ?? [];
    expect(picture).toBe(pictureOf(sources));
  });
  it.each([...new Set([...sources.keys()].flatMap((path) => path.match(/^(\w[\w-]*)\/index\.ts$/)?.[1] ?? []))])(
    'says first in %s/index.ts what the room is for and what it must not know',
    (room) => {
      const [first] = (sources.get(`${room}/index.ts`) ?? '').split('*/');
      expect(first).toMatch(/^\/\*\*.*\bmust[\s*]+not[\s*]+know\b/s);
    },
  );

  it(`has no file over ${MAX_LINES} lines`, () => {
    expect(findLongFiles(readTree(join(root, 'src'), /\.(?:ts|cc|c|h)$/))).toEqual([]);
  });

  it('has a README under 150 lines', () => {
    expect(existsSync(join(root, 'README.md'))).toBe(true);
    expect(countLines(readFileSync(join(root, 'README.md'), 'utf8'))).toBeLessThan(150);
  });
});

describe('the walker of imports', () => {
  it.each([
    ["import { a } from './a.ts';", ['./a.ts']],
    ["import type { A } from '../b/a.ts';", ['../b/a.ts']],
    ["import {\n  a,\n  type B,\n} from './a.ts';\nimport c from 'node:fs';", ['./a.ts', 'node:fs']],
    ["export * from './a.ts';\nexport { b as c } from './b.ts';", ['./a.ts', './b.ts']],
    ["import './effect.ts';", ['./effect.ts']],
    ["const a = await import('./late.ts');", ['./late.ts']],
    ["type A = import('./a.ts').A;", ['./a.ts']],
    ["const a = require('./a.cjs');", ['./a.cjs']],
    ["// import { a } from './a.ts';\n/* import './b.ts' */", []],
    ["const url = 'x://y'; import { a } from './a.ts';", ['./a.ts']],
    ["export const from = 'nowhere';", []],
  ])('reads %j', (text, names) => {
    expect(importsOf(text)).toEqual(names);
  });

  it.each([
    ['cpu/a.ts', '../ports/b.ts', 'no arrow leads from cpu to ports'],
    ['cpu/a.ts', '../object/b.ts', 'no arrow leads from cpu to object'],
    ['tclo-host/a.ts', '../cpu/b.ts', 'no arrow leads from tclo-host to cpu'],
    ['trace/a.ts', '../tclo-host/b.ts', 'no arrow leads from trace to tclo-host'],
    ['check/a.ts', '../fuzz/b.ts', 'no arrow leads from check to fuzz'],
    ['judge/expect/a.ts', '../../bench/b.ts', 'no arrow leads from judge to bench'],
    ['scenario/a.ts', '../cli/b.ts', 'no arrow leads from scenario to cli'],
    ['index.ts', './cli/b.ts', 'no room imports cli'],
    ['errors.ts', './cpu/b.ts', 'the common ground imports no room'],
    ['cpu/a.ts', '../index.ts', 'are common ground'],
    ['cpu/a.ts', '../../test/b.ts', 'leads out of src'],
    ['cli/a.ts', 'vmtbench/cpu', 'inside the house, imports are relative'],
  ])('refuses %s -> %s', (from, name, reason) => {
    const wrong = findWrongImports(treeOf({ [from]: `import { b } from '${name}';` }));
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(reason);
  });

  it.each([
    ['cli/a.ts', '../cpu/b.ts'],
    ['ports/a.ts', '../protocol/b.ts'],
    ['bench/a.ts', '../object/b.ts'],
    ['kernels/linux/a.ts', '../common/b.ts'],
    ['object/a.ts', '../memory.ts'],
    ['index.ts', './scenario/b.ts'],
    ['cpu/a.ts', '../errors.ts'],
    ['cpu/a.ts', 'node:fs'],
  ])('lets %s -> %s pass', (from, name) => {
    expect(findWrongImports(treeOf({ [from]: `import { b } from '${name}';` }))).toEqual([]);
  });

  it('finds folders that import each other', () => {
    const tree = { 'cpu/a/x.ts': "import { y } from '../b/y.ts';", 'cpu/b/y.ts': "import { x } from '../a/x.ts';" };
    expect(findMutualFolders(treeOf(tree))).toEqual(['cpu/a <-> cpu/b']);
    expect(findMutualFolders(treeOf({ 'cpu/a/x.ts': "import { y } from '../b/y.ts';" }))).toEqual([]);
  });

  it('refuses files and rooms that have no place', () => {
    expect(findWrongImports(treeOf({ 'helpers.ts': '', 'utils/a.ts': '' }))).toEqual([
      'helpers.ts: belongs to no room',
      'utils/a.ts: the room utils has no arrows',
    ]);
  });

  it('counts lines', () => {
    const tree = treeOf({ 'cpu/short.ts': 'x\n'.repeat(MAX_LINES), 'cpu/long.ts': 'x\n'.repeat(MAX_LINES + 1) });
    expect(findLongFiles(tree)).toEqual([`cpu/long.ts: ${MAX_LINES + 1} lines`]);
    expect(countLines('one\ntwo')).toBe(2);
  });
});
