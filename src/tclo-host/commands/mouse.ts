import * as c from '../../protocol/constants.ts';
import type { RegisterFrame } from '../../protocol/index.ts';
import { type CommandContext, type CommandRow, UNKNOWN } from './row.ts';

/** The registers that DATA fills, in its order. */
const DATA_REGISTERS = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'] as const;

/** The command, unless ABSPOINTER_RESTRICT keeps it from the ring that calls. */
const guarded =
  (answer: (registers: RegisterFrame, context: CommandContext) => void): CommandRow['answer'] =>
  (registers, context) => {
    if (context.mouse.forbids(context.ring)) registers.eax = UNKNOWN;
    else answer(registers, context);
  };

/** The absolute pointer: a queue of words that the guest reads when its PS/2 mouse seems to move. */
export const MOUSE_COMMANDS: readonly CommandRow[] = [
  {
    number: c.BDOOR_CMD_ISMOUSEABSOLUTE,
    name: 'ISMOUSEABSOLUTE',
    inputs: '-',
    outputs: ['eax'],
    users: 'vmtoolsd dndcp',
    source: 'open-vm-tools pointer.cpp: 0 or 1',
    answer: (registers, { mouse }) => {
      registers.eax = mouse.absolute ? 1 : 0;
    },
  },
  {
    number: c.BDOOR_CMD_ABSPOINTER_DATA,
    name: 'ABSPOINTER_DATA',
    inputs: 'EBX = words, 1 to 6',
    outputs: DATA_REGISTERS,
    users: 'Linux vmmouse, xf86-input-vmmouse',
    source: 'Linux drivers/input/mouse/vmmouse.c; QEMU hw/i386/vmmouse.c: too many words are an error state',
    answer: guarded((registers, { mouse }) => {
      const words = mouse.read(registers.ebx);
      for (const [index, word] of words.entries()) registers[DATA_REGISTERS[index] ?? 'eax'] = word;
    }),
  },
  {
    number: c.BDOOR_CMD_ABSPOINTER_STATUS,
    name: 'ABSPOINTER_STATUS',
    inputs: '-',
    outputs: ['eax'],
    users: 'Linux vmmouse, xf86-input-vmmouse',
    source: 'Linux drivers/input/mouse/vmmouse.c: status in the high half, words queued in the low one',
    answer: guarded((registers, { mouse }) => {
      registers.eax = mouse.status;
    }),
  },
  {
    number: c.BDOOR_CMD_ABSPOINTER_COMMAND,
    name: 'ABSPOINTER_COMMAND',
    inputs: 'EBX = enable, disable, relative or absolute',
    outputs: ['eax'],
    users: 'Linux vmmouse, xf86-input-vmmouse',
    source: 'Linux drivers/input/mouse/vmmouse.c, which looks at no answer; QEMU leaves EAX alone',
    answer: guarded((registers, { mouse }) => mouse.command(registers.ebx)),
  },
  {
    number: c.BDOOR_CMD_ABSPOINTER_RESTRICT,
    name: 'ABSPOINTER_RESTRICT',
    inputs: 'EBX: 0 any ring, 1 ring 0, 2 I/O privilege',
    outputs: ['eax'],
    users: 'Linux vmmouse',
    source: 'Linux drivers/input/mouse/vmmouse.c, which looks at no answer',
    answer: guarded((registers, { mouse }) => mouse.restrict(registers.ebx)),
  },
];
