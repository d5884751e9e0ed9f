import { AX, BP, BX, CX, DI, DX, type MemoryOperand, type Op, type Operand, SI, SP } from './op.ts';
import { type FlowState, MIXED, type Value } from './value.ts';

/** How a function's code changes what is known: one instruction at a time. */
export class FlowStepper {
  /** Bytes of a machine word. */
  readonly word: number;

  constructor(bits: 32 | 64) {
    this.word = bits / 8;
  }

  /** Where a memory operand lies on the function's own stack; null: elsewhere, or not known. */
  placeOf({ base, indexed, displacement }: MemoryOperand, state: FlowState): number | null {
    const value = base === null || indexed ? undefined : state.registers[base];
    return value?.kind === 'stack' ? value.offset + displacement : null;
  }

  /** The stack pointer; null: not known. */
  stackAt({ registers }: FlowState): number | null {
    const value = registers[SP];
    return value?.kind === 'stack' ? value.offset : null;
  }

  step(op: Op, state: FlowState): void {
    const special = SPECIAL[op.name];
    if (special?.(this, op, state) === true) return;
    if (op.flow === 'call') this.#call(op, state);
    else this.#other(op, state);
  }

  made(op: Op): Value {
    return { kind: 'made', at: op.at };
  }

  push(value: Value, state: FlowState, bytes: number = this.word): void {
    const at = this.stackAt(state);
    if (at === null) return;
    state.registers[SP] = { kind: 'stack', offset: at - bytes };
    this.store(at - bytes, value, bytes, state);
  }

  pop(state: FlowState, op: Op, bytes: number = this.word): Value {
    const at = this.stackAt(state);
    if (at === null) return MIXED;
    state.registers[SP] = { kind: 'stack', offset: at + bytes };
    return this.load(at, bytes, op, state);
  }

  /** Only whole words are known. */
  store(place: number, value: Value, bytes: number, state: FlowState): void {
    for (const other of state.slots.keys()) {
      if (other < place + bytes && place < other + this.word) state.slots.delete(other);
    }
    if (bytes === this.word) state.slots.set(place, value);
  }

  load(place: number, bytes: number, op: Op, state: FlowState): Value {
    return (bytes === this.word ? state.slots.get(place) : undefined) ?? this.made(op);
  }

  /** What an operand holds. */
  read(operand: Operand | undefined, op: Op, state: FlowState): Value {
    if (operand?.kind === 'register' && operand.bits === this.word * 8)
      return state.registers[operand.register] ?? MIXED;
    if (operand?.kind === 'memory') {
      const place = this.placeOf(operand, state);
      if (place !== null) return this.load(place, operand.bits / 8, op, state);
    }
    return this.made(op);
  }

  write(operand: Operand | undefined, value: Value, op: Op, state: FlowState): void {
    if (operand?.kind === 'register') {
      const whole = operand.bits === this.word * 8;
      state.registers[operand.register] = whole ? value : this.made(op);
    } else if (operand?.kind === 'memory') {
      const place = this.placeOf(operand, state);
      if (place !== null) this.store(place, value, operand.bits / 8, state);
    }
  }

  /** A called function keeps the ABI: what it may change is lost, the stack pointer and the flags are as before. */
  #call(op: Op, state: FlowState): void {
    for (const register of this.word === 8 ? CALLER_SAVED_64 : CALLER_SAVED_32) {
      state.registers[register] = this.made(op);
    }
  }

  #other(op: Op, state: FlowState): void {
    for (const place of op.memory) {
      const at = place.write ? this.placeOf(place, state) : null;
      if (at !== null) this.store(at, this.made(op), place.bits / 8, state);
    }
    for (const { register } of op.writes) state.registers[register] = this.made(op);
  }
}

const CALLER_SAVED_64 = [AX, CX, DX, SI, DI, 8, 9, 10, 11] as const;
const CALLER_SAVED_32 = [AX, CX, DX] as const;
/** What PUSHA pushes, in order, the stack pointer aside. */
const PUSHA = [AX, CX, DX, BX, SP, BP, SI, DI] as const;

/** @returns false where it knows no better than the instruction's lists of what it writes. */
type Special = (flow: FlowStepper, op: Op, state: FlowState) => boolean;

const add =
  (sign: 1 | -1): Special =>
  (flow, op, state) => {
    const [target, by] = op.operands;
    if (target?.kind !== 'register' || by?.kind !== 'immediate') return false;
    const value = state.registers[target.register];
    if (value?.kind !== 'stack' || target.bits !== flow.word * 8) return false;
    state.registers[target.register] = {
      kind: 'stack',
      offset: value.offset + sign * Number(BigInt.asIntN(flow.word * 8, by.value)),
    };
    return true;
  };

const setFlag =
  (flag: 'direction' | 'interrupts', set: boolean): Special =>
  (_flow, op, state) => {
    state[flag] = { set, at: op.at };
    return true;
  };

const pushFlags: Special = (flow, _op, state) => {
  flow.push({ kind: 'flags', direction: state.direction, interrupts: state.interrupts }, state);
  return true;
};

const popFlags: Special = (flow, op, state) => {
  const value = flow.pop(state, op);
  state.direction = value.kind === 'flags' ? value.direction : 'mixed';
  state.interrupts = value.kind === 'flags' ? value.interrupts : 'mixed';
  return true;
};

/** Bytes that a PUSH or POP moves. */
const sizeOf = (flow: FlowStepper, op: Op): number => (op.stackStep === 0 ? flow.word : Math.abs(op.stackStep));

const SPECIAL: Readonly<Record<string, Special>> = {
  mov: (flow, op, state) => {
    const [target, source] = op.operands;
    if (target?.kind === 'other' || source?.kind === 'other') return false;
    flow.write(target, flow.read(source, op, state), op, state);
    return true;
  },
  lea: (flow, op, state) => {
    const [target, source] = op.operands;
    const place = source?.kind === 'memory' ? flow.placeOf(source, state) : null;
    if (place === null) return false;
    flow.write(target, { kind: 'stack', offset: place }, op, state);
    return true;
  },
  add: add(1),
  sub: add(-1),
  push: (flow, op, state) => {
    flow.push(flow.read(op.operands[0], op, state), state, sizeOf(flow, op));
    return true;
  },
  pop: (flow, op, state) => {
    const value = flow.pop(state, op, sizeOf(flow, op));
    // The operand counts from the stack pointer after the pop.
    flow.write(op.operands[0], value, op, state);
    return true;
  },
  xchg: (flow, op, state) => {
    const [one, other] = op.operands;
    const [first, second] = [flow.read(one, op, state), flow.read(other, op, state)];
    flow.write(one, second, op, state);
    flow.write(other, first, op, state);
    return true;
  },
  leave: (flow, op, state) => {
    state.registers[SP] = state.registers[BP] ?? MIXED;
    state.registers[BP] = flow.pop(state, op);
    return true;
  },
  pushad: (flow, _op, state) => {
    const before = state.registers.slice();
    for (const register of PUSHA) flow.push(before[register] ?? MIXED, state);
    return true;
  },
  popad: (flow, op, state) => {
    for (const register of [...PUSHA].reverse()) {
      const value = flow.pop(state, op);
      if (register !== SP) state.registers[register] = value;
    }
    return true;
  },
  pushfd: pushFlags,
  pushfq: pushFlags,
  popfd: popFlags,
  popfq: popFlags,
  cld: setFlag('direction', false),
  std: setFlag('direction', true),
  cli: setFlag('interrupts', false),
  sti: setFlag('interrupts', true),
};
