import type { Op } from './op.ts';
import type { FlowStepper } from './step.ts';
import { copyState, entryState, type FlowState, mergeInto } from './value.ts';

/** The code of one function: its instructions by place, and where straight pieces of it begin. */
export class FunctionCode {
  readonly ops: readonly Op[];
  readonly #index = new Map<number, number>();
  readonly #starts = new Set<number>([0]);

  constructor(ops: readonly Op[]) {
    this.ops = ops;
    for (const [index, { at }] of ops.entries()) this.#index.set(at, index);
    for (const { flow, target, next } of ops) {
      if (flow === 'next' || flow === 'call') continue;
      this.#starts.add(next);
      if (target !== null) this.#starts.add(target);
    }
  }

  /** The instruction at a place; undefined: none of this function's. */
  at(place: number): Op | undefined {
    const index = this.#index.get(place);
    return index === undefined ? undefined : this.ops[index];
  }

  /** The straight piece that begins there, up to the next one or to what leaves it. */
  piece(start: number): readonly Op[] {
    const first = this.#index.get(start);
    if (first === undefined) return [];
    let end = first + 1;
    const leaves = (op: Op | undefined): boolean => op !== undefined && op.flow !== 'next' && op.flow !== 'call';
    while (end < this.ops.length && !leaves(this.ops[end - 1]) && !this.#starts.has(this.ops[end]?.at ?? 0)) end++;
    return this.ops.slice(first, end);
  }

  /** Where the straight piece begins that an instruction is in. */
  pieceStart(place: number): number {
    return Math.max(...[...this.#starts].filter((start) => start <= place));
  }

  /** Where the code goes behind an instruction: places of this function and beyond it. */
  successors({ flow, next, target }: Op): readonly number[] {
    const there = target === null ? [] : [target];
    if (flow === 'jump') return there;
    if (flow === 'branch') return [next, ...there];
    return flow === 'return' || flow === 'leaves' ? [] : [next];
  }
}

/** Visits before a function counts as too tangled: what is known then is what was known so far. */
const MOST_VISITS = 4000;

/** What is known at the start of each straight piece, over all ways that lead there. */
export function statesOf(code: FunctionCode, stepper: FlowStepper): ReadonlyMap<number, FlowState> {
  const states = new Map<number, FlowState>([[0, entryState()]]);
  const waiting = [0];
  for (let visits = 0; waiting.length > 0 && visits < MOST_VISITS; visits++) {
    const start = waiting.pop() as number;
    const state = copyState(states.get(start) as FlowState);
    const piece = code.piece(start);
    for (const op of piece) stepper.step(op, state);
    const last = piece.at(-1);
    if (last === undefined) continue;
    for (const next of code.successors(last)) {
      if (code.at(next) === undefined) continue;
      const known = states.get(next);
      if (known === undefined) states.set(next, copyState(state));
      if (known === undefined || mergeInto(known, state)) waiting.push(next);
    }
  }
  return states;
}
