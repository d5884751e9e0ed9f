import { BDOOR_CMD_MESSAGE, type DecodedCall, type RegisterFrame } from '../protocol/index.ts';
import type { Random } from '../random.ts';
import type { MessageCalls } from './channel/calls.ts';
import { disturb } from './commands/disturbed.ts';
import type { CommandContext, CommandRow } from './commands/index.ts';
import { UNKNOWN } from './commands/row.ts';
import { activate, type HostFault } from './faults.ts';
import type { HostServices } from './host-event.ts';
import { commandTable, type HostKindRow } from './host-kind.ts';

/** What a command with a fault needs: the source of its noise, and the clock. */
interface FaultSources {
  readonly noise: Random;
  readonly hostServices: HostServices;
}

/** Hands a decoded call to what answers it: the message channels, or a row of the command table. */
export class CallHandler {
  readonly #commands: readonly (CommandRow | undefined)[];
  readonly #commandMask: number;
  readonly #hasMessages: boolean;
  readonly #context: CommandContext;
  readonly #messages: MessageCalls;
  readonly #sources: FaultSources;

  constructor(kind: HostKindRow, context: CommandContext, messages: MessageCalls, sources: FaultSources) {
    this.#commands = commandTable(kind, context.ring);
    this.#commandMask = kind.commandMask;
    this.#hasMessages = this.#commands[BDOOR_CMD_MESSAGE] !== undefined;
    this.#context = context;
    this.#messages = messages;
    this.#sources = sources;
  }

  /** @returns the bytes for the guest of a high-bandwidth receive; null: nothing moves to it. */
  answer(call: DecodedCall, registers: RegisterFrame, fault: HostFault | null): Uint8Array | null {
    if (call.kind === 'message' && (this.#hasMessages || call.form === 'high')) {
      return this.#messages.answer(call, registers, fault);
    }
    if (call.kind === 'message' || call.kind === 'command') this.#command(call.number, registers, fault);
    // Another command of port 0x5659 has no SUCCESS.
    else if (call.kind === 'missed' && call.why === 'notAMessage') registers.ebx = 0;
    return null;
  }

  #command(number: number, registers: RegisterFrame, fault: HostFault | null): void {
    const row = this.#commands[number & this.#commandMask];
    // The usual call comes first: it is what the engine that runs this code makes fast.
    if (fault === null && row !== undefined) row.answer(registers, this.#context);
    else if (fault === null) registers.eax = UNKNOWN;
    // A message without a step is refused, with a fault as without.
    else if (row?.number === BDOOR_CMD_MESSAGE) row.answer(registers, this.#context);
    else {
      const { noise, hostServices } = this.#sources;
      disturb(row, registers, this.#context, activate(fault, noise, hostServices.time()));
    }
  }
}
