import { MESSAGE_STATUS_SUCCESS, type OutputRegister, type RegisterFrame } from '../../protocol/index.ts';
import { type ActiveFault, activate, faultApplies, type HostFault } from '../faults.ts';
import type { Random } from '../random.ts';
import type { Channel } from './channel.ts';
import { receiveHigh, sendHigh } from './highbandwidth.ts';
import { type MessageContext, openChannel, SUB_COMMANDS, type SubCommandRow } from './message.ts';

/** Overwrites what a call returned by seeded bits. */
export function scramble(registers: RegisterFrame, outputs: readonly OutputRegister[], random: Random): void {
  for (const name of outputs) registers[name] = random.next();
}

function answerLow(registers: RegisterFrame, status: number): void {
  // EAX 0 is what a refused guest saw on VMware; 1 is ASSUMED, no guest reads it.
  registers.eax = (status & MESSAGE_STATUS_SUCCESS) === 0 ? 0 : 1;
  registers.ecx = status * 0x10000;
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

  low(registers: RegisterFrame, fault: HostFault | null): void {
    const row = SUB_COMMANDS[registers.ecx >>> 16];
    if (row === undefined) {
      answerLow(registers, 0);
    } else if (fault === null || !faultApplies(fault.kind, row.step)) {
      answerLow(registers, this.#perform(row, registers, null));
    } else {
      this.#disturbLow(row, registers, this.#activate(fault));
    }
  }

  send(registers: RegisterFrame, data: Uint8Array, fault: HostFault | null): void {
    const channel = this.#context.channels.find(registers.edx >>> 16, registers.ebp, registers.edi);
    const active = fault !== null && faultApplies(fault.kind, 'send') ? this.#activate(fault) : null;
    const status = this.#struck(channel, active) ?? sendHigh(this.#context, channel, registers, data, active);
    registers.ebx = status * 0x10000;
    if (active?.row.garbage === true) scramble(registers, HIGH_OUTPUTS, this.#faults);
  }

  receive(registers: RegisterFrame, count: number, fault: HostFault | null): Uint8Array | null {
    const channel = this.#context.channels.find(registers.edx >>> 16, registers.esi, registers.ebp);
    const active = fault !== null && faultApplies(fault.kind, 'receive') ? this.#activate(fault) : null;
    const answer = this.#struck(channel, active) ?? receiveHigh(this.#context, channel, registers, count, active);
    const bytes = typeof answer === 'number' ? null : answer;
    registers.ebx = (typeof answer === 'number' ? answer : MESSAGE_STATUS_SUCCESS) * 0x10000;
    if (active?.row.garbage === true) scramble(registers, HIGH_OUTPUTS, this.#faults);
    return bytes;
  }

  #activate(fault: HostFault): ActiveFault {
    return activate(fault, this.#faults, this.#context.hostServices.time());
  }

  #perform(row: SubCommandRow, registers: RegisterFrame, fault: ActiveFault | null): number {
    if (row.perform === null) return openChannel(this.#context, registers);
    const channel = this.#find(registers);
    if (channel === null) return 0;
    if (channel.broken && (row.step !== 'close' || this.#context.options.closeBroken === 'refuse')) return 0;
    return row.perform(this.#context, channel, registers, fault);
  }

  #find(registers: RegisterFrame): Channel | null {
    return this.#context.channels.find(registers.edx >>> 16, registers.esi, registers.edi);
  }

  #disturbLow(row: SubCommandRow, registers: RegisterFrame, active: ActiveFault): void {
    const channel = row.perform === null ? null : this.#find(registers);
    const status = this.#struck(channel, active) ?? (row.perform === null ? (active.row.status ?? null) : null);
    answerLow(registers, status ?? this.#perform(row, registers, active));
    if (active.row.garbage === true) scramble(registers, row.outputs, this.#faults);
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
