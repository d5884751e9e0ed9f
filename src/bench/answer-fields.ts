import { hex } from '../hex.ts';
import type { AccessFact } from '../judge/index.ts';
import {
  commandWords,
  MESSAGE_STATUS_DORECV,
  type MessageStep,
  type OutputRegister,
  type PortAccess,
  statusOf,
  textOf,
} from '../protocol/index.ts';

/** What each step can come to; the checkpoint status comes at the steps that carry a payload. */
const STATUSES: { readonly [S in MessageStep]: readonly string[] } = {
  open: ['ok', 'refused'],
  sendsize: ['ok', 'refused'],
  send: ['ok', 'refused', 'checkpoint'],
  recvsize: ['ok', 'refused'],
  receive: ['ok', 'refused', 'checkpoint'],
  status: ['ok', 'refused', 'checkpoint'],
  close: ['ok', 'refused'],
};
const WAITS: readonly string[] = ['yes', 'no'];

/** What a call of each step returns besides its status. */
const STEP_FIELDS: { readonly [S in MessageStep]: readonly (readonly [field: string, register: OutputRegister])[] } = {
  open: [
    ['channel', 'edx'],
    ['cookie high', 'esi'],
    ['cookie low', 'edi'],
  ],
  sendsize: [],
  send: [],
  recvsize: [
    ['message waits', 'ecx'],
    ['length', 'ebx'],
  ],
  receive: [['message', 'ebx']],
  status: [],
  close: [],
};

export function knownCases({ call }: AccessFact, field: string): readonly string[] {
  // The calls of a channel that is not open are refused, all of them.
  if (call === null || (call.protocol === null && call.step !== 'open')) return [];
  return field === 'status' ? STATUSES[call.step] : field === 'message waits' ? WAITS : [];
}

const STEP_NAMES: { readonly [S in MessageStep]: string } = {
  open: 'OPEN',
  sendsize: 'SENDSIZE',
  send: 'SENDPAYLOAD',
  recvsize: 'RECVSIZE',
  receive: 'RECVPAYLOAD',
  status: 'RECVSTATUS',
  close: 'CLOSE',
};

export function callName({ call, command, port }: AccessFact): string {
  if (call !== null)
    return `${call.protocol === null ? '' : `${call.protocol.toUpperCase()} `}${STEP_NAMES[call.step]}`;
  if (command === null) return `port ${hex(port)}`;
  return commandWords(command)?.name ?? `command ${hex(command)}`;
}

export interface Field {
  readonly field: string;
  readonly register: OutputRegister | null;
  readonly value: string;
}

/** What the host answered. */
export interface Answered {
  readonly registers: Readonly<Record<OutputRegister, number>>;
  readonly string: boolean;
  /** The data is the guest's. */
  readonly out: boolean;
  readonly data: Uint8Array;
}

export const outputsOf = ({ eax, ebx, ecx, edx, esi, edi }: PortAccess['registers']): Answered['registers'] => ({
  eax,
  ebx,
  ecx,
  edx,
  esi,
  edi,
});

export function fieldsOf({ call, command, outcome }: AccessFact, { registers, string, data }: Answered): Field[] {
  if (call === null) {
    const outputs = command === null ? (['eax'] as const) : (commandWords(command)?.outputs ?? []);
    return outputs.map((register) => ({ field: register, register, value: hex(registers[register]) }));
  }
  const status: Field = { field: 'status', register: string ? 'ebx' : 'ecx', value: outcome };
  if (outcome !== 'ok') return [status];
  const others = STEP_FIELDS[call.step].map(([field, register]): Field => {
    if (field === 'message waits') {
      return { field, register, value: (statusOf('low', registers) & MESSAGE_STATUS_DORECV) === 0 ? 'no' : 'yes' };
    }
    // Any cookie is as good as another.
    if (field.startsWith('cookie')) return { field, register, value: registers[register] === 0 ? '0' : 'not 0' };
    if (field !== 'message') return { field, register, value: hex(registers[register]) };
    const bytes = string ? data : wordBytes(registers.ebx);
    return { field, register: string ? null : register, value: firstWord(bytes) };
  });
  return [status, ...others];
}

const wordBytes = (word: number): Uint8Array => Uint8Array.of(word, word >>> 8, word >>> 16, word >>> 24);

/** The first word of a message, as text; what is no text is counted together. */
export function firstWord(bytes: Uint8Array): string {
  const word = textOf(bytes).split(' ')[0] ?? '';
  return /^[\x21-\x7e]{1,40}$/.test(word) ? `"${word}"` : bytes.length === 0 ? 'empty' : 'other bytes';
}
