import type { Gpr } from './op.ts';

/** What is known of a value while a function runs. */
export type Value =
  /** What the register held when the function was entered. */
  | { readonly kind: 'entry'; readonly register: Gpr }
  /** The stack pointer at the entry, and so many bytes. */
  | { readonly kind: 'stack'; readonly offset: number }
  /** Saved flags. */
  | { readonly kind: 'flags'; readonly direction: Flag; readonly interrupts: Flag }
  /** Something that the instruction there made. */
  | { readonly kind: 'made'; readonly at: number }
  /** Different things on different ways: nothing is known. */
  | { readonly kind: 'mixed' };

/** Of DF and IF: as it was at the entry; changed by the instruction there; not known. */
export type Flag = 'entry' | 'mixed' | { readonly set: boolean; readonly at: number };

/** A word of the function's own stack, by its place relative to the stack pointer at the entry. */
export type Slots = Map<number, Value>;

/** Everything that is known at one place of a function. */
export interface FlowState {
  readonly registers: Value[];
  readonly slots: Slots;
  direction: Flag;
  interrupts: Flag;
}

export const MIXED: Value = { kind: 'mixed' };
export const GPR_COUNT = 16;

export function entryState(): FlowState {
  const registers = Array.from({ length: GPR_COUNT }, (_, register): Value => ({ kind: 'entry', register }));
  registers[4] = { kind: 'stack', offset: 0 };
  return { registers, slots: new Map(), direction: 'entry', interrupts: 'entry' };
}

export const copyState = (state: FlowState): FlowState => ({
  registers: state.registers.slice(),
  slots: new Map(state.slots),
  direction: state.direction,
  interrupts: state.interrupts,
});

function sameFlag(a: Flag, b: Flag): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.set === b.set && a.at === b.at;
}

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'entry':
      return b.kind === 'entry' && a.register === b.register;
    case 'stack':
      return b.kind === 'stack' && a.offset === b.offset;
    case 'made':
      return b.kind === 'made' && a.at === b.at;
    case 'flags':
      return b.kind === 'flags' && sameFlag(a.direction, b.direction) && sameFlag(a.interrupts, b.interrupts);
    case 'mixed':
      return b.kind === 'mixed';
  }
}

/** Takes over what another way to the same place knows. @returns whether anything changed */
export function mergeInto(state: FlowState, other: FlowState): boolean {
  let changed = false;
  for (let register = 0; register < GPR_COUNT; register++) {
    const [mine, theirs] = [state.registers[register] ?? MIXED, other.registers[register] ?? MIXED];
    if (mine.kind === 'mixed' || sameValue(mine, theirs)) continue;
    state.registers[register] = MIXED;
    changed = true;
  }
  for (const [place, mine] of state.slots) {
    const theirs = other.slots.get(place);
    if (theirs !== undefined && sameValue(mine, theirs)) continue;
    state.slots.delete(place);
    changed = true;
  }
  for (const flag of ['direction', 'interrupts'] as const) {
    if (state[flag] === 'mixed' || sameFlag(state[flag], other[flag])) continue;
    state[flag] = 'mixed';
    changed = true;
  }
  return changed;
}
