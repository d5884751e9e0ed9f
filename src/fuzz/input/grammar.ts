import { bytesOf } from '../../protocol/index.ts';

// Their order is the format of inputs: whoever changes one raises FORMAT.
/** Messages of real hosts, and beginnings of some. */
const TEXTS: readonly string[] = [
  'reset',
  'ping',
  'Capabilities_Register',
  'Set_Option broadcastIP 1',
  'OS_PowerOn',
  'OS_Suspend',
  'OS_Resume',
  'OS_Halt',
  'OS_Reboot',
  'vmbackup.start 1',
  'vmbackup.abort',
  'vmbackup.snapshotDone',
  'Set_Option synctime 1',
  'Set_Option ',
  'Time_Synchronize 1',
  'Resolution_Set 800 600',
  '1 ',
  '0 ',
  '1',
  '0 Unknown command',
  '1 10.0.0.5',
  '1 vmtbench',
  '',
  'ERROR ',
];

/** Requests of users: keys that are read and written. */
export const USER_TEXTS: readonly string[] = [
  'read guestinfo.vmtbench',
  'read guestinfo.ip',
  'write guestinfo.vmtbench 1',
  'read ',
  'write ',
];

/** A text made by a record: which one, how it is changed, a number, and bytes of the record's own. */
export interface TextSource {
  readonly index: number;
  readonly form: number;
  /** 0 to 65,535. */
  readonly number: number;
  readonly free: Uint8Array;
}

type Form = (text: Uint8Array, source: TextSource) => Uint8Array;

/** Bytes of a made message: twice the buffer of the drivers that we know, and a little. */
const LONGEST = 8192 + 64;

const join = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts)).subarray(0, LONGEST);

/** The bytes of a record up to its last one that is not 0. */
export function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

const FORMS: readonly Form[] = [
  (text) => text,
  (text, { free }) => join(text, trimmed(free)),
  (_text, { free }) => trimmed(free),
  (text, { number }) => text.subarray(0, number % (text.length + 1)),
  (text) => join(text, Uint8Array.of(0)),
  (text, { number, free }) => join(text, new Uint8Array(number % LONGEST).fill(free[0] ?? 0)),
  (text, { number }) => join(...Array.from({ length: (number % 64) + 1 }, () => text)),
  (text, { number, free }) => text.map((byte, at) => (at === number % text.length ? byte ^ (free[0] ?? 0) : byte)),
];

/** The form with which a record appends its own bytes to what the record before it made. */
export const APPENDS: number = FORMS.length;
/** Of those that make a text of their own bytes alone. */
export const FREE_FORM = 2;
export const FORM_COUNT: number = FORMS.length + 1;

/** The bytes that a record makes. */
export function grammarBytes(source: TextSource, texts: readonly string[] = TEXTS): Uint8Array {
  const text = bytesOf(texts[source.index % texts.length] as string);
  const form = FORMS[source.form % FORM_COUNT];
  return form === undefined ? trimmed(source.free) : form(text, source);
}

/** Bytes as the text of an event, which a scenario can hold: printable. */
export function eventText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
}

/** Every text that a dictionary should have. */
export const ALL_TEXTS: readonly string[] = [...TEXTS, ...USER_TEXTS].filter((text) => text !== '');
