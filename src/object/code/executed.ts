import type * as Iced from 'iced-x86';
import type { ObjectFile } from '../elf/object.ts';
import { iced } from '../iced.ts';
import { type CodePiece, codePieces, sweep } from './sweep.ts';

/** How often one block of an object's code ran behind another. Offsets count from the start of the section. */
export interface ExecutedEdge {
  readonly section: number;
  /** The block before, where it lies in the same section. */
  readonly from: number | null;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly executions: number;
}

export interface CountedInstruction {
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** In Intel's syntax. */
  readonly text: string;
  readonly executions: number;
  /** Of a conditional jump: how often it jumped, and how often it did not. */
  readonly branch: { readonly taken: number; readonly passed: number } | null;
}

/** A function, or the code between two symbols. */
export interface CountedFunction {
  readonly section: number;
  readonly start: number;
  readonly name: string | null;
  readonly instructions: readonly CountedInstruction[];
}

/** How often each instruction of an object ran. A block that an exception left early counts as a whole. */
export function countInstructions(object: ObjectFile, edges: readonly ExecutedEdge[]): CountedFunction[] {
  const counts = new Map<number, SectionCounts>();
  return codePieces(object).map((piece) => {
    const { index, size } = piece.section;
    const section =
      counts.get(index) ??
      new SectionCounts(
        size,
        edges.filter((edge) => edge.section === index),
      );
    counts.set(index, section);
    return {
      section: index,
      start: piece.start,
      name: piece.name,
      instructions: instructionsOf(object, piece, section),
    };
  });
}

function instructionsOf({ bits }: ObjectFile, piece: CodePiece, counts: SectionCounts): CountedInstruction[] {
  const { FlowControl, Formatter, FormatterSyntax } = iced();
  const formatter = new Formatter(FormatterSyntax.Intel);
  const instructions: CountedInstruction[] = [];
  try {
    sweep(bits, piece, (instruction, offset) => {
      const { length } = instruction;
      const conditional = instruction.flowControl === FlowControl.ConditionalBranch;
      instructions.push({
        offset,
        length,
        text: formatter.format(instruction),
        executions: counts.at(offset) - (isRepeated(instruction) ? counts.repeats(offset, offset + length) : 0),
        branch: conditional ? counts.branchBefore(offset + length) : null,
      });
    });
  } finally {
    formatter.free();
  }
  return instructions;
}

/** The engine makes a REP a block that jumps to itself. */
const isRepeated = (instruction: Iced.Instruction): boolean =>
  instruction.isStringInstruction && (instruction.hasRepPrefix || instruction.hasRepnePrefix);

class SectionCounts {
  readonly #executions: Float64Array;
  /** By the end of the block that ends with the jump. */
  readonly #branches = new Map<number, { taken: number; passed: number }>();

  /** By the start of a block, and the end of the block before it. */
  readonly #behind = new Map<string, number>();

  constructor(size: number, edges: readonly ExecutedEdge[]) {
    this.#executions = new Float64Array(size + 1);
    const ends = new Map(edges.map((edge) => [edge.offset, edge.offset + edge.size]));
    for (const edge of edges) {
      this.#add(edge.offset, edge.executions);
      this.#add(Math.min(size, edge.offset + edge.size), -edge.executions);
      const end = edge.from === null ? undefined : ends.get(edge.from);
      if (end === undefined) continue;
      this.#branch(end, edge);
      this.#behind.set(`${edge.offset} ${end}`, this.repeats(edge.offset, end) + edge.executions);
    }
    for (let at = 1; at <= size; at += 1) this.#add(at, this.at(at - 1));
  }

  at(offset: number): number {
    return this.#executions[offset] ?? 0;
  }

  branchBefore(end: number): { readonly taken: number; readonly passed: number } {
    return this.#branches.get(end) ?? { taken: 0, passed: 0 };
  }

  /** How often a block that ends at `end` was followed by one that starts at `start`. */
  repeats(start: number, end: number): number {
    return this.#behind.get(`${start} ${end}`) ?? 0;
  }

  #add(offset: number, executions: number): void {
    this.#executions[offset] = this.at(offset) + executions;
  }

  #branch(end: number, { offset, executions }: ExecutedEdge): void {
    const branch = this.#branches.get(end) ?? { taken: 0, passed: 0 };
    this.#branches.set(end, branch);
    branch[offset === end ? 'passed' : 'taken'] += executions;
  }
}
