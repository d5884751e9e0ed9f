import { bytesOf, cutBytes, textOf, trimBlanks } from '../../protocol/index.ts';
import { guestInfoRow } from '../guest-info/guest-info.ts';
import type { HostIdentity } from '../identity.ts';
import { guestlibInfo } from './guestlib.ts';
import type { GuestInfoStore } from './store.ts';

/** One RPCI request. */
export interface RpciRequest {
  /** The first word. */
  readonly name: string;
  /** What follows the first word and one blank, up to the first NUL; blanks at the end are kept. */
  readonly argument: string;
  /** The whole request up to the first NUL. */
  readonly line: string;
  /** `line` without the blanks at its end. */
  readonly text: string;
  /** Every byte that was sent. Only to be read. */
  readonly bytes: Uint8Array;
}

/** What the built-in handlers know. */
export interface RpciContext {
  readonly identity: HostIdentity;
  readonly store: GuestInfoStore;
  readonly guestInfo: Map<number, Uint8Array>;
  /** Virtual nanoseconds since the machine started. */
  readonly now: number;
}

export type RpciHandler = (request: RpciRequest, context: RpciContext) => string | Uint8Array;

/** One built-in command. `name.*` takes every command of that family without a row of its own. */
export interface RpciCommandRow {
  readonly command: string;
  readonly answer: RpciHandler;
  /** Who sends it. */
  readonly users: string;
}

const done: RpciHandler = () => '1 ';
const unknown: RpciHandler = () => '0 Unknown command';

const infoGet: RpciHandler = ({ argument }, { store }) => {
  const value = store.get(trimBlanks(argument));
  if (value === undefined) return '0 No value found';
  const answer = new Uint8Array(2 + value.length);
  answer.set(bytesOf('1 '));
  answer.set(value, 2);
  return answer;
};

/** ASSUMED: longest key. The answer's text is known, the length is not. */
const LONGEST_KEY = 128;

const infoSet: RpciHandler = ({ name, bytes }, { store }) => {
  const start = name.length + 1;
  const blank = bytes.indexOf(0x20, start);
  const nul = bytes.indexOf(0);
  if (blank <= start || (nul >= 0 && nul < blank)) return '0 Two and exactly two arguments expected';
  const key = textOf(bytes.subarray(start, blank));
  if (key.length > LONGEST_KEY) return '0 Key is too long';
  // ASSUMED: wording of the two refusals below; guests only look at the 0.
  if (!key.startsWith('guestinfo.')) return '0 Permission denied';
  return store.set(key, cutBytes(bytes.subarray(blank + 1))) ? '1 ' : '0 No space left for the value';
};

const setGuestInfo: RpciHandler = ({ bytes }, { guestInfo }) => {
  let at = 'SetGuestInfo'.length;
  while (bytes[at] === 0x20) at += 1;
  let id = 0;
  for (let digit = bytes[at]; digit !== undefined && digit >= 0x30 && digit <= 0x39 && id < 100; digit = bytes[at]) {
    id = id * 10 + digit - 0x30;
    at += 1;
  }
  const row = guestInfoRow(id);
  // ASSUMED: wording of both refusals; guests only look at the 0.
  if (row === undefined || (at < bytes.length && bytes[at] !== 0x20 && bytes[at] !== 0)) return '0 Unknown guest info';
  const data = bytes.subarray(at + 1);
  // ASSUMED: refused. open-vm-tools then tries the older form.
  if (row.strict === true && row.decode(data) === null) return '0 Malformed guest info';
  guestInfo.set(id, row.binary ? data.slice() : cutBytes(data));
  return '1 ';
};

const guestlib: RpciHandler = ({ argument }, context) => {
  const info = guestlibInfo(trimBlanks(argument), context);
  // ASSUMED: the highest version that there is, of which the library takes the digits before the colon.
  if (info === null) return '0 3:Unsupported version';
  const answer = new Uint8Array(2 + info.length);
  answer.set(bytesOf('1 '));
  answer.set(info, 2);
  return answer;
};

/** The commands that a host answers by itself; whatever has no row is "0 Unknown command". */
export const RPCI_COMMANDS: readonly RpciCommandRow[] = [
  { command: 'info-get', answer: infoGet, users: 'iPXE, vmwgfx, OpenBSD hostctl, vmware-rpctool' },
  { command: 'info-set', answer: infoSet, users: 'all' },
  { command: 'guestlib.info.get', answer: guestlib, users: 'libguestlib' },
  { command: 'log', answer: done, users: 'iPXE, vmwgfx, open-vm-tools' },
  { command: 'SetGuestInfo', answer: setGuestInfo, users: 'vmt, open-vm-tools' },
  { command: 'tools.*', answer: done, users: 'vmt, open-vm-tools: capabilities, versions, state changes' },
  { command: 'vmx.capability.*', answer: done, users: 'vmt, open-vm-tools: unified_loop' },
  // Answered "1 N" they would ask for more than this host plays.
  { command: 'vmx.capability.dnd_version', answer: unknown, users: 'open-vm-tools' },
  { command: 'vmx.capability.copypaste_version', answer: unknown, users: 'open-vm-tools' },
  { command: 'vmx.capability.tools_is_upgradable', answer: unknown, users: 'open-vm-tools' },
  {
    command: 'machine.id.get',
    // ASSUMED: wording of the refusal, recalled only.
    answer: (_request, { identity }) => (identity.machineId === null ? '0 No machine id' : `1 ${identity.machineId}`),
    users: 'open-vm-tools',
  },
  { command: 'vmbackup.eventSet', answer: done, users: 'OpenBSD vmt, open-vm-tools' },
];
