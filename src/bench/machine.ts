import { VmtbenchError } from '../errors.ts';
import type { GuestOptions, NetworkInterfaceOptions } from '../guest/index.ts';
import { knownWords } from '../similar.ts';
import { DEFAULT_IDENTITY, type HostIdentity } from '../tclo-host/index.ts';

/** Numbers and names of the virtual machine, as host and guest see them. */
export interface MachineFacts {
  memory: number;
  tscKhz: number;
  busKhz: number;
  bootTime: number;
  hostTime: number;
  timeZone: number;
  productType: number;
  hardwareVersion: number;
  uuid: string;
  machineId: string;
  accessNs: number;
  blockNs: number;
}

/** The virtual machine of a run: its facts, its host name and its network. */
export interface MachineDescription extends Partial<MachineFacts> {
  readonly hostname?: string;
  readonly interfaces?: readonly NetworkInterfaceOptions[];
}

/** A fact that is a whole number. */
export interface NumberFact {
  readonly least: number;
  readonly most: number;
  readonly meaning: string;
}

/** A fact that is text. */
export interface TextFact {
  readonly pattern: RegExp;
  /** An example for people. */
  readonly example: string;
  readonly meaning: string;
}

const UINT32 = 0xffff_ffff;

/** Every fact, in the order in which help texts list them. */
export const MACHINE_FACTS: { readonly [K in keyof MachineFacts]: NumberFact | TextFact } = {
  memory: { least: 1, most: 1 << 30, meaning: 'MiB that the host reports (GETMEMSIZE)' },
  tscKhz: { least: 1, most: UINT32, meaning: 'rate of the time stamp counter, kHz' },
  busKhz: { least: 1, most: 4_294_967, meaning: 'rate of the APIC bus, kHz' },
  bootTime: { least: 0, most: UINT32, meaning: "the guest's clock at the start, seconds since 1970" },
  hostTime: { least: 0, most: UINT32, meaning: "the host's clock at the start, seconds since 1970" },
  timeZone: { least: -1440, most: 1440, meaning: "the host's time zone, minutes (GETTIME)" },
  productType: { least: 1, most: 5, meaning: '1 Express, 2 ESX, 3 Server, 4 Workstation, 5 ACE (GETVERSION)' },
  hardwareVersion: { least: 3, most: 99, meaning: 'virtual hardware (GETHWVERSION)' },
  uuid: {
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    example: '564d7462-656e-6368-8000-000000000001',
    meaning: 'the BIOS UUID (GETUUID)',
  },
  machineId: { pattern: /^[\x20-\x7e]{1,255}$/, example: 'web-7', meaning: 'what machine.id.get answers' },
  accessNs: { least: 1, most: 1e9, meaning: 'virtual nanoseconds that a port access costs' },
  blockNs: { least: 1, most: 1e9, meaning: 'virtual nanoseconds that a block of code costs' },
};

export const isTextFact = (fact: NumberFact | TextFact): fact is TextFact => 'pattern' in fact;

/** The kernels' MAXHOSTNAMELEN less the NUL. */
export const HOSTNAME: TextFact = {
  pattern: /^[\x21-\x7e]{0,255}$/,
  example: 'puffy.example.org',
  meaning: "the guest's host name: up to 255 printable characters without blanks",
};

const isFact = (key: string): key is keyof MachineFacts => Object.hasOwn(MACHINE_FACTS, key);

/** One fact from two words, as a command line has them: `('memory', '512')`. @throws VmtbenchError `machine` */
export function parseMachineFact(key: string, text: string): Partial<MachineFacts> {
  if (!isFact(key)) {
    const hint = knownWords(key, 'facts of a machine', Object.keys(MACHINE_FACTS));
    throw new VmtbenchError('machine', `a machine has no ${key}`, hint);
  }
  const fact = MACHINE_FACTS[key];
  if (isTextFact(fact)) {
    if (fact.pattern.test(text)) return { [key]: text };
    throw new VmtbenchError('machine', `${key} cannot be "${text}"`, `Such as ${fact.example}.`);
  }
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= fact.least && value <= fact.most) return { [key]: value };
  const hint = `Give a whole number from ${fact.least} to ${fact.most}.`;
  throw new VmtbenchError('machine', `${key} cannot be "${text}"`, hint);
}

/** The machine's facts that guest and processor read. */
export function guestOptionsOf({ hostname, interfaces, bootTime, ...facts }: MachineDescription): GuestOptions {
  const { tscKhz, busKhz, accessNs, blockNs } = facts;
  return given({
    hostname,
    interfaces,
    bootTime,
    machine: given({ tscKhz, busKhz, accessNs, blockNs }),
  });
}

/** The machine's facts that the host answers. */
export function hostIdentityOf(machine: MachineDescription): HostIdentity {
  const { memory, tscKhz, busKhz, hostTime, timeZone, productType, hardwareVersion, uuid, machineId } = machine;
  const reported: Partial<HostIdentity> = given({
    memoryMegabytes: memory,
    tscHz: tscKhz === undefined ? undefined : tscKhz * 1000,
    apicBusHz: busKhz === undefined ? undefined : busKhz * 1000,
    epochSeconds: hostTime,
    timeZoneMinutes: timeZone,
    productType,
    hardwareVersion,
    uuid: uuid === undefined ? undefined : new Uint8Array(Buffer.from(uuid.replaceAll('-', ''), 'hex')),
    machineId,
  });
  return { ...DEFAULT_IDENTITY, ...reported };
}

/** An object without the keys whose value is undefined: for those the default holds. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
