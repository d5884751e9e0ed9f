import { Cursor } from './cursor.ts';
import { type FileEntry, type LineHeader, readOldFile, type Texts } from './line-header.ts';

/** Rows of ascending addresses, without a gap. The columns stay apart: a kernel has millions of rows. */
export interface Sequence {
  readonly start: bigint;
  /** The first address behind it. */
  end: bigint;
  /** Of each row's address from `start`. */
  readonly offsets: number[];
  /** Numbers of the unit's files. */
  readonly files: number[];
  /** 0: no line of the source. */
  readonly lines: number[];
  /** 1: a good place for a breakpoint. */
  readonly statements: number[];
}

/** The registers of the line number machine (DWARF 5, 6.2.2) that tell anything on x86. */
interface Registers {
  /** From the sequence's start. */
  offset: number;
  file: number;
  line: number;
  statement: boolean;
}

/** Runs a line table's program (DWARF 5, 6.2.5). What it had told before it turns out damaged goes to `done`. */
export class LineProgram {
  readonly #header: LineHeader;
  readonly #cursor: Cursor;
  readonly #texts: Texts;
  readonly #done: (sequence: Sequence) => void;
  #registers: Registers;
  #sequence: Sequence | null = null;
  /** Where addresses count from: the last address set. */
  #base = 0n;

  constructor(header: LineHeader, cursor: Cursor, texts: Texts, done: (sequence: Sequence) => void) {
    this.#header = header;
    this.#cursor = cursor;
    this.#texts = texts;
    this.#done = done;
    this.#registers = this.#initial();
  }

  run(): void {
    const { opcodeBase, opcodeLengths } = this.#header;
    const cursor = this.#cursor;
    while (!cursor.done) {
      this.#texts.work.spend(1);
      const opcode = cursor.u8();
      if (opcode >= opcodeBase) this.#special(opcode);
      else if (opcode === 0) this.#extended();
      else if (STANDARD[opcode] !== undefined) STANDARD[opcode](this.#registers, cursor, this);
      else for (let index = opcodeLengths[opcode - 1] ?? 0; index > 0; index--) cursor.uleb();
    }
  }

  row(): void {
    const { offset, file, line, statement } = this.#registers;
    this.#sequence ??= { start: this.#base, end: this.#base, offsets: [], files: [], lines: [], statements: [] };
    const { offsets, files, lines, statements } = this.#sequence;
    offsets.push(offset);
    files.push(file);
    lines.push(line);
    statements.push(statement ? 1 : 0);
  }

  advance(instructions: number): void {
    this.#registers.offset += instructions * this.#header.minimumInstruction;
  }

  /** By as much as special opcode 255, without a row. */
  advanceConstant(): void {
    this.advance(Math.floor((255 - this.#header.opcodeBase) / this.#header.lineRange));
  }

  #special(opcode: number): void {
    const { opcodeBase, lineBase, lineRange } = this.#header;
    const adjusted = opcode - opcodeBase;
    this.advance(Math.floor(adjusted / lineRange));
    this.#registers.line += lineBase + (adjusted % lineRange);
    this.row();
  }

  #extended(): void {
    const cursor = this.#cursor;
    const length = cursor.uleb();
    if (length === 0) return;
    const at = cursor.skip(length);
    const inside = new Cursor(cursor.section, at, at + length);
    const opcode = inside.u8();
    // DW_LNE_end_sequence, DW_LNE_set_address, DW_LNE_define_file; a discriminator says nothing about lines.
    if (opcode === 1) this.#endSequence();
    else if (opcode === 2 && (length === 5 || length === 9)) this.#setAddress(inside.address(length === 5 ? 4 : 8));
    else if (opcode === 3) (this.#header.files as (FileEntry | undefined)[]).push(readOldFile(inside, this.#texts));
  }

  #setAddress(address: bigint): void {
    if (this.#sequence === null) {
      this.#base = address;
      this.#registers.offset = 0;
    } else this.#registers.offset = Number(address - this.#base);
  }

  #endSequence(): void {
    const sequence = this.#sequence;
    if (sequence !== null) {
      sequence.end = sequence.start + BigInt(this.#registers.offset);
      this.#done(sequence);
    }
    this.#sequence = null;
    this.#base = 0n;
    this.#registers = this.#initial();
  }

  #initial(): Registers {
    return { offset: 0, file: 1, line: 1, statement: this.#header.statementByDefault };
  }
}

type Standard = (registers: Registers, cursor: Cursor, program: LineProgram) => void;

/** Opcodes of the same length in every table. Columns, blocks and prologues are passed over. */
const STANDARD: Readonly<Record<number, Standard>> = {
  1: (_registers, _cursor, program) => program.row(), // copy
  2: (_registers, cursor, program) => program.advance(cursor.uleb()), // advance_pc
  3: (registers, cursor) => {
    registers.line += cursor.sleb(); // advance_line
  },
  4: (registers, cursor) => {
    registers.file = cursor.uleb(); // set_file
  },
  6: (registers) => {
    registers.statement = !registers.statement; // negate_stmt
  },
  8: (_registers, _cursor, program) => program.advanceConstant(), // const_add_pc
  9: (registers, cursor) => {
    registers.offset += cursor.unsigned(2); // fixed_advance_pc
  },
};
