import {
  type CountedFunction,
  type CountedInstruction,
  countInstructions,
  debugInfoOf,
  type ExecutedEdge,
  type ObjectFile,
  type SourceLine,
} from '../../object/index.ts';

/** A conditional jump of a line. */
export interface LineBranch {
  readonly line: number;
  readonly taken: number;
  readonly passed: number;
}

export interface FunctionCount {
  readonly name: string;
  readonly line: number;
  readonly executions: number;
}

/** What ran of one source file. */
export interface FileCoverage {
  /** As the compiler was given it. */
  readonly file: string;
  /** Executions of each line that has code, ascending. */
  readonly lines: ReadonlyMap<number, number>;
  readonly branches: readonly LineBranch[];
  readonly functions: readonly FunctionCount[];
}

/** The parts of a file while they are collected. */
interface Part {
  /** By line, and in it by the copy of the code: the executions of its most frequent instruction. */
  readonly lines: Map<number, Map<string, number>>;
  readonly branches: LineBranch[];
  readonly functions: FunctionCount[];
}

/**
 * Lines, branches and functions of an object's own sources. Code that was inlined in several places is one line with the
 * sum of them; a line whose code is in several pieces ran as often as the piece that ran most often. Empty for an object
 * without debug information.
 */
export function fileCoverage(object: ObjectFile, edges: readonly ExecutedEdge[]): FileCoverage[] {
  const collector = new Collector(object);
  for (const piece of countInstructions(object, edges)) collector.add(piece);
  return collector.files();
}

class Collector {
  readonly #object: ObjectFile;
  readonly #parts = new Map<string, Part>();

  constructor(object: ObjectFile) {
    this.#object = object;
  }

  add(piece: CountedFunction): void {
    const rows = this.#rowsOf(piece);
    const [first] = piece.instructions;
    for (const instruction of piece.instructions) {
      const { offset, executions, branch } = instruction;
      const starts = rows.get(offset);
      if (starts === undefined && branch === null && instruction !== first) continue;
      const line = debugInfoOf(this.#object).lineAt(piece.section, offset);
      if (line === null) continue;
      for (const row of starts ?? []) this.#line(row.file, row.line, copyOf(piece, line), executions);
      if (branch !== null) this.#part(line.file).branches.push({ line: line.line, ...branch });
      if (instruction === first && piece.name !== null) this.#function(piece.name, line, instruction);
    }
  }

  files(): FileCoverage[] {
    return [...this.#parts]
      .map(([file, { lines, branches, functions }]) => ({
        file,
        lines: new Map([...lines].sort(([a], [b]) => a - b).map(([line, copies]) => [line, sum(copies.values())])),
        branches: branches.toSorted((a, b) => a.line - b.line),
        functions,
      }))
      .sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** The lines that begin at each offset. */
  #rowsOf({ section }: CountedFunction): ReadonlyMap<number, readonly { file: string; line: number }[]> {
    return rowsIn(this.#object, section);
  }

  #function(name: string, { file, line, calledFrom }: SourceLine, { executions }: CountedInstruction): void {
    // Code of another function that was inlined at the very start has that one's line.
    const own = calledFrom.at(-1) ?? { file, line };
    this.#part(own.file).functions.push({ name, line: own.line, executions });
  }

  #line(file: string, line: number, copy: string, executions: number): void {
    const { lines } = this.#part(file);
    const copies = lines.get(line) ?? new Map<string, number>();
    lines.set(line, copies);
    copies.set(copy, Math.max(executions, copies.get(copy) ?? 0));
  }

  #part(file: string): Part {
    const part = this.#parts.get(file) ?? { lines: new Map(), branches: [], functions: [] };
    this.#parts.set(file, part);
    return part;
  }
}

/** Which copy of a line's code an instruction belongs to: the function, and the calls that were inlined. */
const copyOf = ({ section, start }: CountedFunction, { function: name, calledFrom }: SourceLine): string =>
  [section, start, name, ...calledFrom.map(({ text }) => text)].join(' ');

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

type Rows = ReadonlyMap<number, readonly { readonly file: string; readonly line: number }[]>;
const KNOWN = new WeakMap<ObjectFile, Map<number, Rows>>();

function rowsIn(object: ObjectFile, section: number): Rows {
  const known = KNOWN.get(object) ?? new Map<number, Rows>();
  KNOWN.set(object, known);
  const rows = known.get(section) ?? readRows(object, section);
  known.set(section, rows);
  return rows;
}

function readRows(object: ObjectFile, section: number): Rows {
  const rows = new Map<number, { file: string; line: number }[]>();
  for (const { offset, file, line } of debugInfoOf(object).rows(section)) {
    if (line <= 0 || file === '') continue;
    const here = rows.get(offset) ?? [];
    if (!here.some((row) => row.file === file && row.line === line)) here.push({ file, line });
    rows.set(offset, here);
  }
  return rows;
}
