import {
  MESSAGE_STATUS_SUCCESS,
  type MessageCall,
  type OutputRegister,
  type RegisterFrame,
} from '../../protocol/index.ts';
import type { Random } from '../../random.ts';
import { type ActiveFault, activate, faultApplies, type HostFault } from '../faults.ts';
import type { Channel } from './channel.ts';
import { receiveHigh, sendHigh } from './highbandwidth.ts';
import { type MessageContext, openChannel, SUB_COMMANDS, type SubCommandRow } from './message.ts';

/** Overwrites what a call returned by seeded bits. */
function scramble(registers: RegisterFrame, outputs: readonly OutputRegister[], random: Random): void {
  for (const name of outputs) registers[name] = random.next();
}

function answerLow(registers: RegisterFrame, { step }: SubCommandRow, status: number): void {
  // EAX 0 is what a refused guest saw on VMware, and what one guest wants of OPEN; 1 is ASSUMED, no guest reads it.
  registers.eax = (status & MESSAGE_STATUS_SUCCESS) === 0 || step === 'open' ? 0 : 1;
  registers.ecx = status * 0x10000;
}

/** What the fault does to the registers behind the answer. */
export function disturbOutputs(
  registers: RegisterFrame,
  outputs: readonly OutputRegister[],
  { row, values, random }: ActiveFault,
): void {
  if (row.garbage === true) scramble(registers, outputs, random);
  if (row.registers !== true) return;
  for (const name of outputs) {
    const value = values[name];
    if (value !== undefined) registers[name] = value >>> 0;
  }
}

const HIGH_OUTPUTS: readonly OutputRegister[] = ['ebx'];

/** Message calls, low and high bandwidth, with and without a fault. */
export class MessageCalls {
  readonly #context: MessageContext;
  readonly #faults: Random;

  constructor(context: MessageContext, faults: Random) {
    this.#context = context;
    this.#faults = faults;
  }

  /** @returns the bytes for the guest of a high-bandwidth receive; null: nothing moves to it. */
  answer(call: MessageCall, registers: RegisterFrame, fault: HostFault | null): Uint8Array | null {
    const active = fault !== null && faultApplies(fault.kind, call.step) ? this.#activate(fault) : null;
    if (call.form === 'low') {
      const row = SUB_COMMANDS[call.subCommand] as SubCommandRow;
      if (active === null) this.#answerLow(row, call, registers);
      else this.#disturbLow(row, call, registers, active);
      return null;
    }
    const channel = this.#find(call);
    const struck = this.#struck(channel, active);
    const answer = struck ?? this.#transfer(channel, call, active);
    registers.ebx = (typeof answer === 'number' ? answer : MESSAGE_STATUS_SUCCESS) * 0x10000;
    if (active !== null) disturbOutputs(registers, HIGH_OUTPUTS, active);
    return typeof answer === 'number' ? null : answer;
  }

  #answerLow(row: SubCommandRow, call: MessageCall, registers: RegisterFrame): void {
    const status = this.#perform(row, call, registers, null);
    answerLow(registers, row, status);
    this.#context.unspecified.fill(row.step, status, registers);
  }

  #transfer(channel: Channel | null, call: MessageCall, active: ActiveFault | null): Uint8Array | number {
    if (call.step === 'send') return sendHigh(this.#context, channel, call, active);
    return receiveHigh(this.#context, channel, call, active);
  }

  #activate(fault: HostFault): ActiveFault {
    return activate(fault, this.#faults, this.#context.hostServices.time());
  }

  #perform(row: SubCommandRow, call: MessageCall, registers: RegisterFrame, fault: ActiveFault | null): number {
    if (row.perform === null) return openChannel(this.#context, call, registers);
    const channel = this.#find(call);
    if (channel === null) return 0;
    if (channel.broken && (row.step !== 'close' || this.#context.options.closeBroken === 'refuse')) return 0;
    return row.perform(this.#context, channel, call, registers, fault);
  }

  #find({ channel, cookieHigh, cookieLow }: MessageCall): Channel | null {
    return channel === null ? null : this.#context.channels.find(channel, cookieHigh, cookieLow);
  }

  #disturbLow(row: SubCommandRow, call: MessageCall, registers: RegisterFrame, active: ActiveFault): void {
    const struck = this.#struck(this.#find(call), active);
    const status = struck ?? (row.perform === null ? (active.row.status ?? null) : null);
    answerLow(registers, row, status ?? this.#perform(row, call, registers, active));
    disturbOutputs(registers, row.outputs, active);
  }

  /**
   * The status that the fault answers in place of the call; null when the call is made. A fault that changes its
   * channel needs one that is open and serves: otherwise the call is refused as it would have been.
   */
  #struck(channel: Channel | null, active: ActiveFault | null): number | null {
    if (active === null) return null;
    const { row } = active;
    if (row.effect === undefined) return row.status ?? null;
    if (channel === null || channel.broken) return null;
    row.effect(channel, this.#context.channels, active);
    return row.status ?? null;
  }
}
