import { VmtbenchError } from '../errors.ts';
import { knownWords } from '../similar.ts';

/** The host's behaviour where hosts differ, or where VMware's is known only in part. */
export interface HostOptions {
  session: 'full' | 'resetOnly';
  unsolicitedReply: 'break' | 'glitch' | 'accept';
  resetAcrossReopen: 'carry' | 'drop';
  closeBroken: 'accept' | 'refuse';
  addressError: 'accept' | 'break';
  checkpointMode: 'retry' | 'strict';
  firstPost: 'afterEmptySend' | 'atOpen';
  highBandwidth: boolean;
  hypercall: 'port' | 'vmcall' | 'vmmcall';
  rpciUntilReset: 'accept' | 'refuse';
  personality: 'vmware' | 'qemu' | 'none';
  secondOwner: 'newest' | 'oldest' | 'both' | 'refuse';
  messageNul: boolean;
  maxChannels: number;
  ring: number;
  unspecified: number;
}

/** One option of the table: its values with the default first, or its number range, and what it decides. */
export interface HostOptionRow {
  readonly values?: readonly (string | boolean)[];
  readonly range?: { readonly least: number; readonly most: number; readonly default: number };
  readonly meaning: string;
}

/** Every option, in the order in which help texts list them. */
export const HOST_OPTIONS: { readonly [K in keyof HostOptions]: HostOptionRow } = {
  session: {
    values: ['full', 'resetOnly'],
    meaning: 'the whole TCLO session, or one "reset" and no further message',
  },
  // ASSUMED: that VMware breaks the channel; the driver's logs show a second greeting rejected, not how.
  unsolicitedReply: {
    values: ['break', 'glitch', 'accept'],
    meaning:
      'a non-empty TCLO send without an outstanding request breaks the channel, or makes it refuse one ping, or has no effect',
  },
  resetAcrossReopen: {
    values: ['carry', 'drop'],
    meaning: 'a reset fetched on the old channel: the guest may answer it on the new one, or the host forgets it',
  },
  // ASSUMED: accepted; the logs of real guests show no failing CLOSE.
  closeBroken: { values: ['accept', 'refuse'], meaning: 'CLOSE of a broken channel' },
  addressError: {
    values: ['accept', 'break'],
    meaning: '"ERROR Unable to find guest IP address": taken, or the channel breaks as on VMware',
  },
  // ASSUMED: that channels survive; open-vm-tools retries on the same channel, one of its comments says otherwise.
  checkpointMode: {
    values: ['retry', 'strict'],
    meaning: 'a checkpoint asks for the payload step again, or breaks every channel',
  },
  firstPost: {
    values: ['afterEmptySend', 'atOpen'],
    meaning: 'TCLO posts its first message after the first empty send, or when the channel opens',
  },
  highBandwidth: { values: [true, false], meaning: 'offers the HB bit and port 0x5659' },
  hypercall: { values: ['port', 'vmcall', 'vmmcall'], meaning: 'what CPUID leaf 0x40000010 offers' },
  rpciUntilReset: {
    values: ['accept', 'refuse'],
    meaning: 'refuse: no RPCI channel opens until the TCLO reset was answered',
  },
  personality: {
    values: ['vmware', 'qemu', 'none'],
    meaning: "what answers on the ports: VMware, QEMU's vmport, nothing",
  },
  // ASSUMED: the newest. Real logs only say that there can be one, and that two fight and are both rejected.
  secondOwner: {
    values: ['newest', 'oldest', 'both', 'refuse'],
    meaning:
      'an application opens a second TCLO channel: the host keeps the newest or the oldest, breaks both, or refuses the second',
  },
  // ASSUMED: no NUL. One log counts it in ("ping" as 5 bytes); vmt and open-vm-tools take both.
  messageNul: { values: [false, true], meaning: 'messages to the guest end with a NUL, which the length includes' },
  // 8 in old public headers, 128 since 2022.
  maxChannels: { range: { least: 1, most: 128, default: 8 }, meaning: 'message channels open at a time' },
  ring: {
    range: { least: 0, most: 3, default: 0 },
    meaning: 'privilege level of the caller; some commands exist only in ring 0',
  },
  unspecified: {
    range: { least: 0, most: 999_999_999, default: 0 },
    meaning: 'a seed other than 0: outputs that the protocol leaves open hold values drawn from it',
  },
};

const isOption = (key: string): key is keyof HostOptions => Object.hasOwn(HOST_OPTIONS, key);

const bad = (key: string, value: unknown, row: HostOptionRow): VmtbenchError => {
  const allowed = row.values?.join(', ') ?? `a whole number from ${row.range?.least} to ${row.range?.most}`;
  return new VmtbenchError('host.option', `host option ${key} cannot be ${String(value)}`, `use ${allowed}`);
};

function check(key: keyof HostOptions, value: unknown): string | boolean | number {
  const row: HostOptionRow = HOST_OPTIONS[key];
  if (row.range !== undefined) {
    const fits = typeof value === 'number' && Number.isInteger(value);
    if (fits && value >= row.range.least && value <= row.range.most) return value;
  } else if ((typeof value === 'string' || typeof value === 'boolean') && row.values?.includes(value)) {
    return value;
  }
  throw bad(key, value, row);
}

const named = (key: string): keyof HostOptions => {
  if (isOption(key)) return key;
  const hint = knownWords(key, 'options', Object.keys(HOST_OPTIONS));
  throw new VmtbenchError('host.option', `there is no host option ${key}`, hint);
};

/** Checks the given options and adds the defaults. `undefined` means the default. */
export function resolveHostOptions(given: Partial<HostOptions> = {}): HostOptions {
  const options: Record<string, string | boolean | number> = {};
  for (const [key, row] of Object.entries(HOST_OPTIONS) as [string, HostOptionRow][]) {
    options[key] = row.range?.default ?? row.values?.[0] ?? false;
  }
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined) options[key] = check(named(key), value);
  }
  return options as unknown as HostOptions;
}

/** The options in which two hosts differ. */
export function differences(one: HostOptions, other: HostOptions): (keyof HostOptions)[] {
  return (Object.keys(HOST_OPTIONS) as (keyof HostOptions)[]).filter((option) => one[option] !== other[option]);
}

/** One option from two words, as a command line or a scenario has them: `('maxChannels', '16')`. */
export function parseHostOption(key: string, text: string): Partial<HostOptions> {
  const name = named(key);
  const row: HostOptionRow = HOST_OPTIONS[name];
  const value = row.range !== undefined ? (/^\d{1,9}$/.test(text) ? Number(text) : text) : asValue(row, text);
  return { [name]: check(name, value) };
}

const asValue = (row: HostOptionRow, text: string): string | boolean =>
  row.values?.find((value) => String(value) === text) ?? text;
