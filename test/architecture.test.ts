import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countLines, findLongFiles, findWrongImports, importsOf, MAX_LINES, type SourceTree } from './architecture.ts';

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

  it('has arrows that point down only', () => {
    expect(findWrongImports(sources)).toEqual([]);
  });

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
    ['cpu/a.ts', '../ports/b.ts', 'arrows point down only'],
    ['cpu/a.ts', '../tclo-host/b.ts', 'rooms of one floor do not know each other'],
    ['tclo-host/a.ts', '../cpu/b.ts', 'rooms of one floor do not know each other'],
    ['check/a.ts', '../fuzz/b.ts', 'rooms of one floor do not know each other'],
    ['guest/kernels/a.ts', '../../scenario/b.ts', 'arrows point down only'],
    ['scenario/a.ts', '../cli/b.ts', 'arrows point down only'],
    ['index.ts', './cli/b.ts', 'nobody imports cli'],
    ['errors.ts', './cpu/b.ts', 'the common ground imports nobody'],
    ['cpu/a.ts', '../index.ts', 'only errors.ts is common ground'],
    ['cpu/a.ts', '../../test/b.ts', 'leads out of src'],
    ['cli/a.ts', 'vmtbench/cpu', 'inside the house, imports are relative'],
  ])('refuses %s -> %s', (from, name, reason) => {
    const wrong = findWrongImports(treeOf({ [from]: `import { b } from '${name}';` }));
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(reason);
  });

  it.each([
    ['cli/a.ts', '../cpu/b.ts'],
    ['ports/a.ts', '../tclo-host/b.ts'],
    ['trace/a.ts', '../ports/b.ts'],
    ['guest/kernels/a.ts', '../elf/b.ts'],
    ['index.ts', './scenario/b.ts'],
    ['cpu/a.ts', '../errors.ts'],
    ['cpu/a.ts', 'node:fs'],
  ])('lets %s -> %s pass', (from, name) => {
    expect(findWrongImports(treeOf({ [from]: `import { b } from '${name}';` }))).toEqual([]);
  });

  it('refuses files and rooms that have no place', () => {
    expect(findWrongImports(treeOf({ 'helpers.ts': '', 'utils/a.ts': '' }))).toEqual([
      'helpers.ts: belongs to no room',
      'utils/a.ts: the room utils is on no floor',
    ]);
  });

  it('counts lines', () => {
    const tree = treeOf({ 'cpu/short.ts': 'x\n'.repeat(MAX_LINES), 'cpu/long.ts': 'x\n'.repeat(MAX_LINES + 1) });
    expect(findLongFiles(tree)).toEqual([`cpu/long.ts: ${MAX_LINES + 1} lines`]);
    expect(countLines('one\ntwo')).toBe(2);
  });
});
