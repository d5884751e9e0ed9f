import { BP, BX, DI, type Gpr, nameOf, type Op, SI } from './op.ts';
import type { FlowStepper } from './step.ts';
import { copyState, type Flag, type FlowState } from './value.ts';
import type { FunctionCode } from './walk.ts';

/** What a function does not keep of the ABI. Places count from its start. Plain data. */
export interface AbiBreach {
  readonly kind: 'register' | 'stack' | 'direction' | 'interrupts' | 'redZone' | 'lost';
  /** `RBX`; of the stack pointer how many bytes it is off. */
  readonly what: string;
  /** The instruction that did it. */
  readonly by: number;
  /** Where the function returns; of `redZone` and `lost` where the memory, or the register, is used. */
  readonly shows: number;
}

/** System V ABI: what a function gives back as it was. */
const KEPT: Readonly<Record<number, readonly Gpr[]>> = { 8: [BX, BP, 12, 13, 14, 15], 4: [BX, SI, DI, BP] };

/** Everything that a function breaks, each register and flag once. */
export function abiBreaches(
  code: FunctionCode,
  states: ReadonlyMap<number, FlowState>,
  stepper: FlowStepper,
): AbiBreach[] {
  const found = new Map<string, AbiBreach>();
  const add = (breach: AbiBreach): void => {
    const key = `${breach.kind} ${breach.kind === 'register' ? breach.what : ''}`;
    if (!found.has(key)) found.set(key, breach);
  };
  const redZone = new RedZone(stepper);
  for (const [start, known] of states) {
    const state = copyState(known);
    for (const op of code.piece(start)) {
      redZone.look(op, state);
      if (op.flow === 'return') for (const breach of atReturn(op, state, stepper)) add(breach);
      stepper.step(op, state);
    }
  }
  for (const breach of redZone.breaches()) add(breach);
  return [...found.values()];
}

function atReturn(op: Op, state: FlowState, stepper: FlowStepper): AbiBreach[] {
  const shows = op.at;
  const bits = stepper.word === 8 ? 64 : 32;
  const breaches: AbiBreach[] = [];
  const stack = stepper.stackAt(state);
  if (stack !== null && stack !== 0) breaches.push({ kind: 'stack', what: `${stack}`, by: op.at, shows });
  for (const register of KEPT[stepper.word] ?? []) {
    const value = state.registers[register];
    // Where the stack pointer is off, what the pops before it took is off, too.
    if (value?.kind !== 'made' || (stack !== null && stack !== 0)) continue;
    breaches.push({ kind: 'register', what: nameOf(register, bits), by: value.at, shows });
  }
  const changed = (flag: Flag, set: boolean): number | null =>
    typeof flag === 'string' || flag.set !== set ? null : flag.at;
  const direction = changed(state.direction, true);
  if (direction !== null) breaches.push({ kind: 'direction', what: 'DF', by: direction, shows });
  const interrupts = changed(state.interrupts, false);
  if (interrupts !== null) breaches.push({ kind: 'interrupts', what: 'IF', by: interrupts, shows });
  return breaches;
}

/** Bytes below the stack pointer that the amd64 ABI leaves to a function. */
const RED_ZONE = 128;

/** Memory below the stack pointer that a function uses, and pushes that lie over it. */
class RedZone {
  readonly #stepper: FlowStepper;
  /** The lowest place used, and how high the stack pointer was then. */
  #used: { readonly low: number; readonly stack: number; readonly at: number } | null = null;
  readonly #pushes: { readonly place: number; readonly at: number }[] = [];

  constructor(stepper: FlowStepper) {
    this.#stepper = stepper;
  }

  look(op: Op, state: FlowState): void {
    const stack = this.#stepper.stackAt(state);
    if (stack === null || this.#stepper.word !== 8) return;
    if (op.stackStep < 0 && op.flow === 'next') this.#pushes.push({ place: stack + op.stackStep, at: op.at });
    if (op.stackStep !== 0) return;
    // An address alone may be of memory that is taken later.
    for (const operand of op.memory) {
      const place = this.#stepper.placeOf(operand, state);
      if (place === null || place >= stack || place < stack - RED_ZONE) continue;
      if (this.#used === null || place < this.#used.low) this.#used = { low: place, stack, at: op.at };
    }
  }

  breaches(): AbiBreach[] {
    const used = this.#used;
    if (used === null) return [];
    const over = this.#pushes.find(({ place }) => place >= used.low && place < used.stack);
    return over === undefined ? [] : [{ kind: 'redZone', what: '', by: over.at, shows: used.at }];
  }
}
