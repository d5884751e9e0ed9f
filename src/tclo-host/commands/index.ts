import * as c from '../../protocol/constants.ts';
import { MACHINE_COMMANDS } from './machine.ts';
import { MOUSE_COMMANDS } from './mouse.ts';
import type { CommandRow } from './row.ts';
import { TIME_COMMANDS } from './time.ts';
import { WINDOW_COMMANDS } from './window.ts';

export type { CommandContext, CommandRow } from './row.ts';

const MESSAGE: CommandRow = {
  number: c.BDOOR_CMD_MESSAGE,
  name: 'MESSAGE',
  inputs: 'ECX high = sub command, EDX high = channel, ESI:EDI = cookies, EBX = argument',
  outputs: ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'],
  users: 'every guest with tools',
  source: 'open-vm-tools message.c; see the sub commands',
  answer: (registers, context, fault) => context.message(registers, fault),
};

/** Every command that VMware knows, by number. Any other answers EAX = 0xFFFFFFFF and changes nothing else. */
export const COMMANDS: readonly CommandRow[] = [
  ...MACHINE_COMMANDS,
  ...TIME_COMMANDS,
  ...WINDOW_COMMANDS,
  ...MOUSE_COMMANDS,
  MESSAGE,
].sort((one, other) => one.number - other.number);
