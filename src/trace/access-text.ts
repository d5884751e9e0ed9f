import {
  BDOOR_CMD_MESSAGE,
  type CallForm,
  type CallRegisters,
  type CommandCall,
  commandWords,
  MESSAGE_STATUS_CLOSED,
  MESSAGE_STATUS_CPT,
  MESSAGE_STATUS_POWEROFF,
  MESSAGE_STATUS_TIMEOUT,
  MESSAGE_STATUS_UNSENT,
  type MissedCall,
} from '../protocol/index.ts';
import type { AccessRecord } from './format.ts';
import { preview } from './preview.ts';
import { hexOrZero } from './text.ts';

const REASONS: readonly (readonly [bit: number, reason: string])[] = [
  [MESSAGE_STATUS_CPT, 'checkpoint'],
  [MESSAGE_STATUS_CLOSED, 'closed'],
  [MESSAGE_STATUS_UNSENT, 'unsent'],
  [MESSAGE_STATUS_POWEROFF, 'power off'],
  [MESSAGE_STATUS_TIMEOUT, 'timeout'],
];

/** Why a message call did not succeed, with the registers that say so. */
export function failureText({ after }: AccessRecord, form: CallForm, status: number): string {
  const reasons = REASONS.filter(([bit]) => (status & bit) !== 0).map(([, reason]) => reason);
  const registers =
    form === 'high' ? `ebx=${hexOrZero(after.ebx)}` : `eax=${hexOrZero(after.eax)} ecx=${hexOrZero(after.ecx)}`;
  return `${reasons.join(', ') || 'refused'}: ${registers}`;
}

/** A command that is no message call: `GETVERSION: eax=0x6 ebx=0x564d5868 ecx=0x4`. */
export function commandText(record: AccessRecord, { number, subCommand }: CommandCall): string {
  const words = commandWords(number);
  const name = words?.name ?? `command ${hexOrZero(number)}`;
  const which = number === BDOOR_CMD_MESSAGE ? `${name} sub command ${subCommand}` : name;
  return `${which}: ${changedText(record, words?.outputs ?? [])}`;
}

const REGISTERS: readonly (keyof CallRegisters)[] = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'];

/** Registers that the access changed, and those that its command always returns. */
function changedText({ registers, after }: AccessRecord, outputs: readonly string[]): string {
  const reported = REGISTERS.filter((name) => outputs.includes(name) || after[name] !== registers[name]);
  if (reported.length === 0) return 'no register changed';
  return reported.map((name) => `${name}=${hexOrZero(after[name])}`).join(' ');
}

const MISSED: { readonly [W in MissedCall['why']]: string } = {
  noMagic: 'no backdoor call: the magic is not in eax',
  wrongForm: 'no backdoor call: 0x5658 takes IN and OUT, 0x5659 INS and OUTS',
  notAMessage: 'no command of this port in ebx',
};

export function missedText(record: AccessRecord, why: MissedCall['why']): string {
  const { eax, ebx } = record.registers;
  return `${portText(record)}: ${MISSED[why]} (eax=${hexOrZero(eax)} ebx=${hexOrZero(ebx)})`;
}

/** Port I/O that is nothing else: `port 0x3f8 out 0x41`. */
export function portText({ port, width, direction, string, count, registers, after, data }: AccessRecord): string {
  if (string) return `port ${hexOrZero(port)} ${direction}s ${count} x ${width}: ${preview(data)}`;
  const value = (direction === 'out' ? registers : after).eax;
  const part = width === 4 ? value : value & (width === 2 ? 0xffff : 0xff);
  return `port ${hexOrZero(port)} ${direction} ${hexOrZero(part)}`;
}
