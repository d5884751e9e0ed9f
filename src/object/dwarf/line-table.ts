import { Cursor, type DebugSection } from './cursor.ts';
import { attempt } from './errors.ts';
import { type FileEntry, type LineHeader, readLineHeader, type Texts } from './line-header.ts';
import { LineProgram, type Sequence } from './line-program.ts';
import { ShortPaths, sourcePath } from './source-path.ts';

/** A line of the source. */
export interface LinePlace {
  /** As the compiler was given it; absolute where it knows the directory of the compilation. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** One row of a line table, its address one inside the object. */
export interface LineRow extends Omit<LinePlace, 'line'> {
  readonly address: bigint;
  /** 0: no line of the source. */
  readonly line: number;
  /** A good place for a breakpoint. */
  readonly statement: boolean;
}

interface PlacedSequence extends Sequence {
  readonly paths: readonly string[];
}

/** The line tables of all units of an object. */
export class LineTable {
  /** Ascending. */
  readonly #sequences: PlacedSequence[] = [];
  /** By the offset of a unit's table in .debug_line: its files. */
  readonly #files = new Map<number, readonly string[]>();
  #short: ShortPaths | null = null;

  /**
   * @param directories by the offset of a line table, the directory that its unit was compiled in: before DWARF 5
   * only the unit knows it.
   */
  constructor(texts: Texts, directories: ReadonlyMap<number, string>) {
    const { sections } = texts;
    for (const section of sections.all('.debug_line')) {
      attempt(sections.problems, () => this.#readSection(section, texts, directories));
    }
    this.#sequences.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  }

  /**
   * The line that an instruction comes from. Where the compiler says "no line" (LLVM's line 0), the one before it in
   * the same run of code. The address need not be an instruction's first byte.
   */
  at(address: bigint): LinePlace | null {
    const sequence = lastAtOrBefore(this.#sequences.length, (i) => (this.#sequences[i]?.start ?? 0n) <= address);
    const found = this.#sequences[sequence];
    if (found === undefined || address >= found.end) return null;
    const offset = Number(address - found.start);
    let row = lastAtOrBefore(found.offsets.length, (i) => (found.offsets[i] ?? 0) <= offset);
    while (row >= 0 && (found.lines[row] ?? 0) <= 0) row--;
    const file = found.paths[found.files[row] ?? -1];
    const line = found.lines[row];
    return file === undefined || file === '' || line === undefined ? null : { file, line };
  }

  /** A source file for people: the tail of its path that no other file of the object has. */
  shorten(file: string): string {
    this.#short ??= new ShortPaths([...this.#files.values()].flat());
    return this.#short.shorten(file);
  }

  /** The path of a file by its number in the table that starts at an offset of .debug_line. */
  file(table: number, number: number): string | null {
    return this.#files.get(table)?.[number] || null;
  }

  /** The rows of the code that starts from `from` to before `to`, run after run. */
  *rows(from: bigint, to: bigint): Generator<LineRow> {
    for (const { start, offsets, files, lines, statements, paths } of this.#sequences) {
      if (start < from || start >= to) continue;
      for (const [index, offset] of offsets.entries()) {
        yield {
          address: start + BigInt(offset),
          file: paths[files[index] ?? -1] ?? '',
          line: lines[index] ?? 0,
          statement: statements[index] === 1,
        };
      }
    }
  }

  #readSection(section: DebugSection, texts: Texts, directories: ReadonlyMap<number, string>): void {
    for (const cursor = new Cursor(section); !cursor.done; ) {
      const offset = cursor.at;
      const { end, offsetSize } = cursor.initialLength();
      const unit = new Cursor(section, cursor.at, end);
      cursor.at = end;
      attempt(texts.sections.problems, () => {
        const paths = this.#readUnit(unit, offsetSize, texts, directories.get(offset) ?? null);
        this.#files.set(offset, paths);
      });
    }
  }

  #readUnit(unit: Cursor, offsetSize: 4 | 8, texts: Texts, compileDirectory: string | null): string[] {
    const header = readLineHeader(unit, offsetSize, texts);
    const found: Sequence[] = [];
    const { addresses, problems } = texts.sections;
    const program = new Cursor(unit.section, header.program, unit.end);
    attempt(problems, () => new LineProgram(header, program, texts, (sequence) => found.push(sequence)).run());
    const paths = header.files.map((file) => (file === undefined ? '' : pathOf(file, header, compileDirectory)));
    for (const sequence of found) {
      if (addresses.isCode(sequence.start)) this.#sequences.push({ ...sequence, paths });
    }
    return paths;
  }
}

function pathOf({ name, directory }: FileEntry, { directories }: LineHeader, compileDirectory: string | null): string {
  return sourcePath(directories[0] ?? compileDirectory, directories[directory] ?? null, name);
}

/** The last index below `count` for which `reached` holds, of an ascending list; -1 if none. */
function lastAtOrBefore(count: number, reached: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
