import { hex } from '../../hex.ts';
import * as c from '../../protocol/constants.ts';
import { commandWords } from '../../protocol/index.ts';
import { MACHINE_ANSWERS } from './machine.ts';
import { MOUSE_ANSWERS } from './mouse.ts';
import type { AnswerRow, CommandRow } from './row.ts';
import { TIME_ANSWERS } from './time.ts';
import { WINDOW_ANSWERS } from './window.ts';

export type { CommandContext, CommandRow } from './row.ts';

/** The steps of a message are rows of their own (`channel/message.ts`): what comes here is a sub command beyond them. */
const MESSAGE: AnswerRow = {
  number: c.BDOOR_CMD_MESSAGE,
  users: 'every guest with tools',
  source: 'open-vm-tools message.c; see the sub commands',
  answer: (registers) => {
    registers.eax = 0;
    registers.ecx = 0;
  },
};

const ANSWERS: readonly AnswerRow[] = [
  ...MACHINE_ANSWERS,
  ...TIME_ANSWERS,
  ...WINDOW_ANSWERS,
  ...MOUSE_ANSWERS,
  MESSAGE,
];

/** Every command that VMware knows, by number. Any other answers EAX = 0xFFFFFFFF and changes nothing else. */
export const COMMANDS: readonly CommandRow[] = ANSWERS.map((row) => {
  const words = commandWords(row.number);
  if (words === null) throw new Error(`${hex(row.number)} has an answer and no row in protocol/commands.ts`);
  return { ...words, ...row };
}).sort((one, other) => one.number - other.number);
