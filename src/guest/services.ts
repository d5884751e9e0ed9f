import type { Machine } from '../cpu/index.ts';
import type { States } from '../state.ts';
import type { CheckedMemory } from './checked-memory.ts';
import { runCpuid } from './cpuid.ts';
import type { Guest } from './guest.ts';
import { setInterrupts } from './interrupt-flag.ts';
import type { KernelModel, KernelServices } from './kernel-model.ts';
import { type AddressPlan, SIZES } from './layout.ts';
import type { Linker } from './linker.ts';
import type { Runner } from './runner.ts';

/** The parts of a guest that its kernel works with. The model and the runner are there when something first runs. */
export interface ServiceParts {
  readonly guest: Guest;
  /** Of the kernel's parts. */
  readonly states: States;
  readonly machine: Machine;
  readonly memory: CheckedMemory;
  readonly console: KernelServices['console'];
  readonly linker: Linker;
  readonly plan: AddressPlan;
  readonly model: () => KernelModel;
  readonly runner: () => Runner;
}

/** What a guest gives the kernel around it. */
export function kernelServices({
  guest,
  machine,
  linker,
  plan,
  model,
  runner,
  ...parts
}: ServiceParts): KernelServices {
  const { object, heap, clock } = guest;
  return {
    object,
    states: parts.states,
    wordSize: object.bits === 64 ? 8 : 4,
    memory: parts.memory,
    heap,
    clock,
    console: parts.console,
    reserve: (size, align) => linker.reserve(size, align),
    symbol: (name) => linker.symbol(name),
    symbolAt: (address) => guest.symbolAt(address),
    functionAddress: (name) => linker.functionAddress(name, model()),
    call: (target, args) => runner().call(target, args),
    perform: (call) => runner().call(call.function, call.args, call.context).outcome,
    sleep: (ready) => runner().sleep(ready),
    giveWay: () => runner().giveWay(),
    context: () => runner().context,
    fail: (outcome) => runner().fail(outcome),
    setSegmentBase: (segment, base) => machine.setSegmentBase(segment, base),
    setInterrupts: (on) => setInterrupts(machine.registers, on),
    cpuid: (leaf) => runCpuid(machine, plan.thunks + BigInt(SIZES.thunks), leaf),
  };
}
