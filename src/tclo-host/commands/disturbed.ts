import type { RegisterFrame } from '../../protocol/index.ts';
import { disturbOutputs } from '../channel/calls.ts';
import type { ActiveFault } from '../faults.ts';
import { type CommandContext, type CommandRow, UNKNOWN } from './row.ts';

/** A command that is no message call, with a fault. */
export function disturb(
  command: CommandRow | undefined,
  registers: RegisterFrame,
  context: CommandContext,
  fault: ActiveFault,
): void {
  const { row } = fault;
  if (row.anyCommand === true && row.status !== undefined) {
    registers.eax = 0;
    registers.ecx = row.status * 0x10000;
    return;
  }
  if (command === undefined) registers.eax = UNKNOWN;
  else command.answer(registers, context);
  disturbOutputs(registers, command?.outputs ?? ['eax'], fault);
}
