import type { Gpr, Op } from './op.ts';
import type { FlowStepper } from './step.ts';
import { copyState, type FlowState } from './value.ts';
import type { FunctionCode } from './walk.ts';

/** What became of a value behind the instruction that made it. Places count from the function's start. */
export type Fate =
  /** Something reads it, or may: nothing more is known. */
  | { readonly kind: 'read' }
  /** Another value took its register, and nothing had read it. `call`: a called function may do so. */
  | { readonly kind: 'overwritten' | 'call' | 'return'; readonly at: number }
  /** It was stored on the function's own stack, where nothing reads it. */
  | { readonly kind: 'unread'; readonly at: number };

/** Instructions that are looked at, at most. */
const MOST_OPS = 2000;

const READ: Fate = { kind: 'read' };

/** Registers that a called function may change, and those that may carry its arguments, by bytes of a machine word. */
const CHANGED: Readonly<Record<number, readonly Gpr[]>> = { 8: [0, 1, 2, 6, 7, 8, 9, 10, 11], 4: [0, 1, 2] };
const ARGUMENTS: Readonly<Record<number, readonly Gpr[]>> = { 8: [7, 6, 2, 1, 8, 9], 4: [0, 2, 1] };

/** Where the value is looked for: in a register, or in a word of the function's own stack. */
type Home = { readonly register: Gpr } | { readonly slot: number; readonly storedAt: number };

/** Follows a value from behind an instruction on every path. */
export class FateFinder {
  readonly #code: FunctionCode;
  readonly #stepper: FlowStepper;
  readonly #states: ReadonlyMap<number, FlowState>;

  constructor(code: FunctionCode, states: ReadonlyMap<number, FlowState>, stepper: FlowStepper) {
    this.#code = code;
    this.#states = states;
    this.#stepper = stepper;
  }

  /** @param site the instruction that leaves the value in the register. */
  fateOf(site: number, register: Gpr): Fate {
    const start = this.#code.pieceStart(site);
    const known = this.#states.get(start);
    if (known === undefined) return READ;
    const state = copyState(known);
    const piece = this.#code.piece(start);
    const at = piece.findIndex((op) => op.at === site);
    if (at === -1) return READ;
    for (const op of piece.slice(0, at + 1)) this.#stepper.step(op, state);
    return this.#follow({ register }, piece.slice(at + 1), state);
  }

  #follow(home: Home, first: readonly Op[], state: FlowState): Fate {
    const seen = new Set<number>();
    const waiting: { readonly ops: readonly Op[]; readonly state: FlowState }[] = [{ ops: first, state }];
    let lost: Fate | null = null;
    let looked = 0;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { ops, state: now } = next;
      looked += ops.length;
      if (looked > MOST_OPS) return READ;
      const fate = this.#through(home, ops, now);
      if (fate?.kind === 'read') return READ;
      lost ??= fate;
      if (fate !== null) continue;
      const last = ops.at(-1) ?? null;
      if (last === null) return READ;
      for (const start of this.#code.successors(last)) {
        const known = this.#states.get(start);
        if (known === undefined) return READ;
        if (seen.has(start)) continue;
        seen.add(start);
        waiting.push({ ops: this.#code.piece(start), state: copyState(known) });
      }
    }
    return lost ?? READ;
  }

  /** @returns null: the piece of code leaves the value where it is. */
  #through(home: Home, ops: readonly Op[], state: FlowState): Fate | null {
    for (const [index, op] of ops.entries()) {
      const fate = 'slot' in home ? this.#inSlot(home, op, state) : this.#inRegister(home.register, op, state);
      if (fate === 'stored') {
        const slot = this.#storedTo(op, state) as number;
        this.#stepper.step(op, state);
        return this.#follow({ slot, storedAt: op.at }, ops.slice(index + 1), state);
      }
      if (fate !== null) return fate;
      this.#stepper.step(op, state);
    }
    return null;
  }

  #inRegister(register: Gpr, op: Op, state: FlowState): Fate | 'stored' | null {
    const { word } = this.#stepper;
    if (op.reads.some((part) => part.register === register))
      return this.#storedTo(op, state) === null ? READ : 'stored';
    if (op.flow === 'call') {
      if (ARGUMENTS[word]?.includes(register) === true) return READ;
      return CHANGED[word]?.includes(register) === true ? { kind: 'call', at: op.at } : null;
    }
    if (op.flow === 'return') return register === 0 ? READ : { kind: 'return', at: op.at };
    if (op.flow === 'leaves') return READ;
    return op.writes.some((part) => part.register === register) ? { kind: 'overwritten', at: op.at } : null;
  }

  #inSlot(
    { slot, storedAt }: { readonly slot: number; readonly storedAt: number },
    op: Op,
    state: FlowState,
  ): Fate | null {
    const { word } = this.#stepper;
    const unread: Fate = { kind: 'unread', at: storedAt };
    for (const memory of op.memory) {
      const place = this.#stepper.placeOf(memory, state);
      // An address that is not known may be this one; one that is an address of the stack below is not.
      if (place === null && memory.read && memory.base !== null && mayPoint(state, memory.base)) return READ;
      const meets = place !== null && place < slot + word && slot < place + memory.bits / 8;
      if (meets && memory.read) return READ;
      if (meets && memory.write && place <= slot && memory.bits / 8 >= word) return unread;
    }
    if (op.flow === 'call' || op.flow === 'leaves') return pointsAbove(state, slot) ? READ : null;
    if (op.flow === 'return') return unread;
    const pops = op.stackStep > 0 && this.#stepper.stackAt(state) === slot;
    return pops ? READ : null;
  }

  /** Where a store or an exchange puts the register, if that is all it does; null: it does something else. */
  #storedTo(op: Op, state: FlowState): number | null {
    if (op.name !== 'mov' && op.name !== 'xchg') return null;
    const target = op.operands.find((operand) => operand.kind === 'memory');
    const { word } = this.#stepper;
    if (target?.kind !== 'memory' || target.bits !== word * 8) return null;
    return this.#stepper.placeOf(target, state);
  }
}

/** A value that the function did not make from its stack pointer cannot point into its own stack. */
const mayPoint = (state: FlowState, base: Gpr): boolean => state.registers[base]?.kind === 'mixed';

/** Whether some register has an address of the stack at or below a slot: who gets it may read the slot. */
const pointsAbove = (state: FlowState, slot: number): boolean =>
  state.registers.some(
    (value, register) => register !== 4 && register !== 5 && value.kind === 'stack' && value.offset <= slot,
  );
