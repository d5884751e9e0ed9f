import { type CountedFunction, countInstructions, type ExecutedEdge, type ObjectFile } from '../../object/index.ts';
import { type FileCoverage, fileCoverage } from './files.ts';

const percent = (some: number, all: number): string => (all === 0 ? '-' : `${((100 * some) / all).toFixed(1)} %`);
const cells = (name: string, ...rest: readonly string[]): string =>
  `${name.padEnd(34)}${rest.map((cell) => cell.padStart(20)).join('')}`;
const share = (some: number, all: number): string => `${some} of ${all}  ${percent(some, all).padStart(7)}`;

/** A table by source file, or by function where there is no debug information. */
export function coverageText(object: ObjectFile, edges: readonly ExecutedEdge[]): string[] {
  const files = fileCoverage(object, edges);
  if (files.length > 0) {
    return [cells('file', 'lines', 'branches', 'functions'), ...files.map(fileText), totalText(files)];
  }
  const functions = countInstructions(object, edges).filter(({ instructions }) => instructions.length > 0);
  return [cells('function', 'executions', 'instructions', 'branches'), ...functions.map(functionText)];
}

interface Shares {
  readonly lines: readonly [number, number];
  readonly branches: readonly [number, number];
  readonly functions: readonly [number, number];
}

function sharesOf({ lines, branches, functions }: FileCoverage): Shares {
  const sides = branches.flatMap(({ taken, passed }) => [taken, passed]);
  const reached = (counts: readonly number[]): [number, number] => [counts.filter((n) => n > 0).length, counts.length];
  return {
    lines: reached([...lines.values()]),
    branches: reached(sides),
    functions: reached(functions.map(({ executions }) => executions)),
  };
}

const shareCells = (name: string, { lines, branches, functions }: Shares): string =>
  cells(name, share(...lines), share(...branches), share(...functions));

const fileText = (file: FileCoverage): string => shareCells(file.file.split('/').slice(-2).join('/'), sharesOf(file));

function totalText(files: readonly FileCoverage[]): string {
  const all = files.map(sharesOf);
  const total = (key: keyof Shares): [number, number] => [
    all.reduce((n, shares) => n + shares[key][0], 0),
    all.reduce((n, shares) => n + shares[key][1], 0),
  ];
  return shareCells('all', { lines: total('lines'), branches: total('branches'), functions: total('functions') });
}

function functionText({ name, instructions }: CountedFunction): string {
  const sides = instructions.flatMap(({ branch }) => (branch === null ? [] : [branch.taken, branch.passed]));
  const ran = (counts: readonly number[]): string => share(counts.filter((n) => n > 0).length, counts.length);
  const runs = String(instructions[0]?.executions ?? 0);
  return cells(name ?? '(no name)', runs, ran(instructions.map(({ executions }) => executions)), ran(sides));
}

/** Each instruction with its count: executions, offset, text; of a conditional jump, how often it jumped or did not. */
export function disassemblyText(object: ObjectFile, edges: readonly ExecutedEdge[]): string[] {
  return countInstructions(object, edges).flatMap(({ name, instructions }) => [
    `${name ?? '(no name)'}:`,
    ...instructions.map(({ offset, text, executions, branch }) => {
      const sides = branch === null ? '' : `  ; jumped ${branch.taken}, passed ${branch.passed}`;
      return `${String(executions).padStart(10)}  ${offset.toString(16).padStart(6)}  ${text}${sides}`;
    }),
  ]);
}
