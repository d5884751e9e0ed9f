import { format } from '../../../src/cpu/index.ts';
import { Dice } from '../../support/dice.ts';
import { runInBench } from './bench.ts';
import { differences } from './compare.ts';
import { counterpart } from './counterpart.ts';
import type { Form } from './forms.ts';
import { type CodeBits, type Instruction, OpKind } from './iced.ts';
import { fillInput, Input } from './inputs.ts';
import { runNatively, runs32BitCode } from './native.ts';
import { CONDITIONS, OPERANDS, SCRATCH, SSE_AFTER, SSE_BEFORE, STACK, type Window } from './places.ts';
import { Records } from './record.ts';
import { CodeBlock, type Context, type Snippet } from './snippet.ts';
import { offsetOfXmm } from './sse-inputs.ts';
import { undefinedFlags, undefinedHalf } from './undefined.ts';
import { variantsOf } from './variants.ts';

/** How much of each form is compared. */
export interface Extent {
  /** Ways to give it operands, at most. */
  readonly variants: number;
  /** Cases of each form, at least: an input for each of its ways and contexts in turn. */
  readonly cases: number;
  readonly seed: number;
}

/** A form that computes something else than the real processor, with an example. */
export interface Wrong {
  readonly form: Form;
  /** Cases that differ, of all that were compared. */
  readonly cases: number;
  readonly of: number;
  readonly example: string;
}

export interface Comparison {
  readonly compared: readonly Form[];
  /** The processor that tests lacks them, or this system runs no code of that mode. */
  readonly notComparable: readonly Form[];
  readonly wrong: readonly Wrong[];
  readonly cases: number;
}

/** An instruction with what stands around it, on both sides. */
interface Slot {
  readonly form: Form;
  readonly context: Context;
  readonly instruction: Instruction;
  readonly bench: Snippet;
  readonly native: Snippet;
}

interface Counts {
  cases: number;
  wrong: number;
  example: string;
}

const INTEGER_WINDOWS: readonly Window[] = [OPERANDS, CONDITIONS, SCRATCH, STACK];
const SSE_WINDOWS: readonly Window[] = [...INTEGER_WINDOWS, SSE_BEFORE, SSE_AFTER];

const INVALID_OPCODE = 6;
/** Forms that are run in one process: it holds the records of all of them. */
const BATCH = 200;

const CONTEXTS: readonly Context[] = ['alone', 'block'];

/** The code of a batch for both sides. 32-bit code is encoded for 64 bits where the system runs no other. */
class Programs {
  readonly bench: CodeBlock;
  readonly native: CodeBlock;
  readonly slots: Slot[] = [];

  constructor(bits: CodeBits) {
    this.bench = new CodeBlock(bits);
    this.native = new CodeBlock(bits === 64 || runs32BitCode() ? bits : 64);
  }

  add(form: Form, instruction: Instruction, context: Context): void {
    const other = this.bench.bits === this.native.bits ? instruction : counterpart(instruction);
    if (other === null) return;
    const number = this.slots.length;
    const bench = this.bench.add(form, instruction, context, number);
    if (bench === null) return;
    const native = this.native.add(form, other, context, number);
    if (native !== null) this.slots.push({ form, context, instruction, bench, native });
  }
}

/** The values that an SSE instruction works on. */
function operandsOf(instruction: Instruction, before: Records, record: number): string[] {
  return [0, 1].flatMap((operand) => {
    if (instruction.opKind(operand) !== OpKind.Register) return [];
    const offset = offsetOfXmm(instruction, operand);
    const bytes = before.window(record, SSE_BEFORE).subarray(offset, offset + 16);
    return [`operand ${operand}=${Buffer.from(bytes).toString('hex')}`];
  });
}

function describe({ context, instruction, bench }: Slot, before: Records, record: number, found: string[]): string {
  const text = format({ address: bench.tested, length: 0, instruction });
  const registers = (['rax', 'rcx', 'rdx', 'rbx', 'rsi', 'rdi', 'rflags'] as const).map(
    (name) => `${name}=${before.get(record, name).toString(16)}`,
  );
  if (before.windows.includes(SSE_BEFORE)) registers.push(...operandsOf(instruction, before, record));
  return `${text} (${context}) with ${registers.join(' ')}: ${found.join('; ')}`;
}

/** Runs a batch of forms on both sides, and counts into `counts`. */
function compareBatch(forms: readonly Form[], extent: Extent, dice: Dice, counts: Map<Form, Counts>): void {
  const [first] = forms;
  if (first === undefined) return;
  const programs = new Programs(first.bits);
  const cases: Slot[] = [];
  for (const form of forms) {
    const start = programs.slots.length;
    for (const instruction of variantsOf(form, extent.variants)) {
      for (const context of CONTEXTS) programs.add(form, instruction, context);
    }
    const own = programs.slots.slice(start);
    for (let index = 0; own.length > 0 && index < Math.max(extent.cases, own.length); index++) {
      cases.push(own[index % own.length] as Slot);
    }
  }
  const windows = first.sse ? SSE_WINDOWS : INTEGER_WINDOWS;
  const before = new Records(cases.length, windows);
  for (const [record, { instruction, bench }] of cases.entries()) {
    fillInput(new Input(before, record, instruction, first.bits, dice), windows);
    before.set(record, 'rip', bench.start);
  }
  const bench = runInBench(first.bits, programs.bench.bytes, before);
  for (const [record, { native }] of cases.entries()) before.set(record, 'rip', native.start);
  const native = runNatively(programs.native.bits, programs.native.bytes, before);
  for (const [record, slot] of cases.entries()) {
    if (native.vector(record) === INVALID_OPCODE && native.get(record, 'rip') === slot.native.tested) continue;
    const undefinedThen = undefinedFlags(slot.instruction, before.get(record, 'rcx'));
    const half = undefinedHalf(slot.instruction, native.get(record, 'rflags'));
    const pair = { record, bits: first.bits, bench: slot.bench, native: slot.native, undefined: undefinedThen, half };
    const found = differences(pair, native, bench);
    const count = counts.get(slot.form) ?? { cases: 0, wrong: 0, example: '' };
    counts.set(slot.form, count);
    count.cases++;
    if (found.length === 0) continue;
    count.wrong++;
    count.example ||= describe(slot, before, record, found);
  }
}

/** Compares forms of one mode with the real processor. */
export function compareForms(forms: readonly Form[], extent: Extent): Comparison {
  const dice = new Dice(extent.seed);
  const counts = new Map<Form, Counts>();
  for (const sse of [false, true]) {
    const some = forms.filter((form) => form.sse === sse);
    for (let at = 0; at < some.length; at += BATCH) compareBatch(some.slice(at, at + BATCH), extent, dice, counts);
  }
  const wrong = [...counts].filter(([, count]) => count.wrong > 0);
  return {
    compared: [...counts.keys()],
    notComparable: forms.filter((form) => !counts.has(form)),
    wrong: wrong.map(([form, { cases, wrong: differing, example }]) => ({
      form,
      cases: differing,
      of: cases,
      example,
    })),
    cases: [...counts.values()].reduce((sum, count) => sum + count.cases, 0),
  };
}
