import {
  BDOOR_CMD_MESSAGE,
  MESSAGE_STATUS_CLOSED,
  MESSAGE_STATUS_CPT,
  MESSAGE_STATUS_POWEROFF,
  MESSAGE_STATUS_TIMEOUT,
  MESSAGE_STATUS_UNSENT,
} from '../protocol/index.ts';
import { COMMANDS } from '../tclo-host/index.ts';
import { type Call, low, RAX, RBX, RCX } from './call.ts';
import { type AccessRecord, TRACE_REGISTERS } from './format.ts';
import { preview } from './preview.ts';
import { hex } from './text.ts';

const NAMES: ReadonlyMap<number, string> = new Map(COMMANDS.map(({ number, name }) => [number, name]));

const OUTPUTS: ReadonlyMap<number, readonly string[]> = new Map(
  COMMANDS.map(({ number, outputs }) => [number, outputs]),
);

const REASONS: readonly (readonly [bit: number, reason: string])[] = [
  [MESSAGE_STATUS_CPT, 'checkpoint'],
  [MESSAGE_STATUS_CLOSED, 'closed'],
  [MESSAGE_STATUS_UNSENT, 'unsent'],
  [MESSAGE_STATUS_POWEROFF, 'power off'],
  [MESSAGE_STATUS_TIMEOUT, 'timeout'],
];

/** Why a message call did not succeed, with the registers that say so. */
export function failureText(record: AccessRecord, form: 'low' | 'high', status: number): string {
  const after = record[8];
  const reasons = REASONS.filter(([bit]) => (status & bit) !== 0).map(([, reason]) => reason);
  const registers =
    form === 'high' ? `ebx=${hex(low(after[RBX]))}` : `eax=${hex(low(after[RAX]))} ecx=${hex(low(after[RCX]))}`;
  return `${reasons.join(', ') || 'refused'}: ${registers}`;
}

/** A command that is no message call: `GETVERSION: eax=0x6 ebx=0x564d5868 ecx=0x4`. */
export function commandText(record: AccessRecord, { number, subCommand }: Extract<Call, { kind: 'command' }>): string {
  const name = NAMES.get(number) ?? `command ${hex(number)}`;
  const which = number === BDOOR_CMD_MESSAGE ? `${name} sub command ${subCommand}` : name;
  return `${which}: ${changedText(record, OUTPUTS.get(number) ?? [])}`;
}

/** Registers that the access changed, and those that its command always returns. */
function changedText(record: AccessRecord, outputs: readonly string[]): string {
  const [, , , , , , , before, after] = record;
  const reported = TRACE_REGISTERS.flatMap((wide, i) => {
    const name = `e${wide.slice(1)}`;
    const value = low(after[i] ?? 0);
    return outputs.includes(name) || value !== low(before[i] ?? 0) ? [`${name}=${hex(value)}`] : [];
  });
  return reported.length === 0 ? 'no register changed' : reported.join(' ');
}

const MISSED: { readonly [W in Extract<Call, { kind: 'missed' }>['why']]: string } = {
  noMagic: 'no backdoor call: the magic is not in eax',
  wrongForm: 'no backdoor call: 0x5658 takes IN and OUT, 0x5659 INS and OUTS',
  notAMessage: 'no command of this port in ebx',
};

export function missedText(record: AccessRecord, why: keyof typeof MISSED): string {
  const before = record[7];
  return `${portText(record)}: ${MISSED[why]} (eax=${hex(low(before[RAX]))} ebx=${hex(low(before[RBX]))})`;
}

/** Port I/O that is nothing else: `port 0x3f8 out 0x41`. */
export function portText(record: AccessRecord): string {
  const [, , , port, width, direction, count, before, after, payload] = record;
  if (payload !== null) return `port ${hex(port)} ${direction}s ${count} x ${width}: ${preview(payload)}`;
  const value = low((direction === 'out' ? before : after)[RAX]);
  const part = width === 4 ? value : value & (width === 2 ? 0xffff : 0xff);
  return `port ${hex(port)} ${direction} ${hex(part)}`;
}
