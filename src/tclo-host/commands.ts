import * as c from './constants.ts';
import type { HostFault } from './faults.ts';
import type { HostIdentity } from './identity.ts';
import type { OutputRegister, RegisterFrame } from './registers.ts';

/** What commands work on. */
export interface CommandContext {
  readonly identity: HostIdentity;
  /** Virtual time in nanoseconds. */
  time(): number;
  message(registers: RegisterFrame, fault: HostFault | null): void;
}

/** One command of port 0x5658. */
export interface CommandRow {
  /** Low half of ECX. */
  readonly number: number;
  readonly name: string;
  readonly inputs: string;
  /** Registers that the answer may change; the code changes no other. */
  readonly outputs: readonly OutputRegister[];
  readonly users: string;
  readonly source: string;
  readonly answer: (registers: RegisterFrame, context: CommandContext, fault: HostFault | null) => void;
}

const NANOSECONDS = 1_000_000_000;
const WORD = 0x100000000;

const seconds = ({ identity }: CommandContext, now: number): number =>
  identity.epochSeconds + Math.floor(now / NANOSECONDS);

const microseconds = (now: number): number => Math.floor((now % NANOSECONDS) / 1000);

const uuidWord = ({ uuid }: HostIdentity, at: number): number =>
  ((uuid[at] ?? 0) | ((uuid[at + 1] ?? 0) << 8) | ((uuid[at + 2] ?? 0) << 16) | ((uuid[at + 3] ?? 0) << 24)) >>> 0;

function timeFull(registers: RegisterFrame, context: CommandContext): void {
  const now = context.time();
  const second = seconds(context, now);
  registers.eax = c.BDOOR_MAGIC;
  registers.esi = Math.floor(second / WORD);
  registers.edx = second % WORD;
  registers.ebx = microseconds(now);
  registers.ecx = context.identity.maxTimeLagMicroseconds;
}

/** Every command that the host knows. Any other number answers EAX = 0xFFFFFFFF and changes nothing else. */
export const COMMANDS: readonly CommandRow[] = [
  {
    number: c.BDOOR_CMD_GETMHZ,
    name: 'GETMHZ',
    inputs: '-',
    outputs: ['eax'],
    users: "vmt's probe, which demands that EAX is not the magic; vmware-toolbox-cmd",
    source: 'open-vm-tools backdoor_def.h, vmt.c',
    answer: (registers, { identity }) => {
      registers.eax = Math.floor(identity.tscHz / 1_000_000);
    },
  },
  {
    number: c.BDOOR_CMD_GETVERSION,
    name: 'GETVERSION',
    inputs: 'EBX anything but the magic',
    outputs: ['eax', 'ebx', 'ecx'],
    users: 'every guest',
    source: 'open-vm-tools vmcheck.c',
    answer: (registers, { identity }) => {
      registers.eax = c.VERSION_MAGIC;
      registers.ebx = c.BDOOR_MAGIC;
      registers.ecx = identity.productType;
    },
  },
  {
    number: c.BDOOR_CMD_GETHWVERSION,
    name: 'GETHWVERSION',
    inputs: '-',
    outputs: ['eax'],
    users: 'detection tools',
    source: 'public notes on the backdoor (Ken Kato)',
    answer: (registers, { identity }) => {
      registers.eax = identity.hardwareVersion;
    },
  },
  {
    number: c.BDOOR_CMD_GETUUID,
    name: 'GETUUID',
    inputs: '-',
    outputs: ['eax', 'ebx', 'ecx', 'edx'],
    users: "NetBSD vmt's attach",
    source: 'NetBSD vmt_subr.c: 16 bytes as four little-endian words',
    answer: (registers, { identity }) => {
      registers.eax = uuidWord(identity, 0);
      registers.ebx = uuidWord(identity, 4);
      registers.ecx = uuidWord(identity, 8);
      registers.edx = uuidWord(identity, 12);
    },
  },
  {
    number: c.BDOOR_CMD_GETMEMSIZE,
    name: 'GETMEMSIZE',
    inputs: '-',
    outputs: ['eax'],
    users: 'old tools',
    source: 'ASSUMED: megabytes (Ken Kato); QEMU answers bytes',
    answer: (registers, { identity }) => {
      registers.eax = identity.memoryMegabytes;
    },
  },
  {
    number: c.BDOOR_CMD_GETTIME,
    name: 'GETTIME',
    inputs: '-',
    outputs: ['eax', 'ebx', 'ecx', 'edx'],
    users: "open-vm-tools' fallback",
    source: 'open-vm-tools hostinfo; ASSUMED: EDX, the time zone in minutes',
    answer: (registers, context) => {
      const now = context.time();
      registers.eax = seconds(context, now) % WORD;
      registers.ebx = microseconds(now);
      registers.ecx = context.identity.maxTimeLagMicroseconds;
      registers.edx = context.identity.timeZoneMinutes;
    },
  },
  {
    number: c.BDOOR_CMD_MESSAGE,
    name: 'MESSAGE',
    inputs: 'ECX high = sub command, EDX high = channel, ESI:EDI = cookies, EBX = argument',
    outputs: ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'],
    users: 'every guest with tools',
    source: 'open-vm-tools message.c; see the sub commands',
    answer: (registers, context, fault) => context.message(registers, fault),
  },
  {
    number: c.BDOOR_CMD_GETHZ,
    name: 'GETHZ',
    inputs: 'EBX = 0xFFFFFFFF, which stays where the command is unknown',
    outputs: ['eax', 'ebx', 'ecx'],
    users: 'Linux, FreeBSD, NetBSD',
    source: 'Linux arch/x86/kernel/cpu/vmware.c',
    answer: (registers, { identity }) => {
      registers.eax = identity.tscHz % WORD;
      registers.ebx = Math.floor(identity.tscHz / WORD);
      registers.ecx = identity.apicBusHz;
    },
  },
  {
    number: c.BDOOR_CMD_GETTIMEFULL,
    name: 'GETTIMEFULL',
    inputs: '-',
    outputs: ['eax', 'ebx', 'ecx', 'edx', 'esi'],
    users: 'vmt every 15 s, NetBSD vmt every 60 s, open-vm-tools',
    source: 'open-vm-tools hostinfo: EAX is the magic',
    answer: timeFull,
  },
  {
    number: c.BDOOR_CMD_GETTIMEFULL_WITH_LAG,
    name: 'GETTIMEFULL_WITH_LAG',
    inputs: '-',
    outputs: ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'],
    users: 'open-vm-tools, before GETTIMEFULL',
    source: 'open-vm-tools hostinfo: EDI = interrupt lag in us; ASSUMED: 0, virtual time never lags',
    answer: (registers, context) => {
      timeFull(registers, context);
      registers.edi = 0;
    },
  },
  {
    number: c.BDOOR_CMD_GET_VCPU_INFO,
    name: 'GET_VCPU_INFO',
    inputs: '-',
    outputs: ['eax'],
    users: 'Linux, NetBSD, open-vm-tools',
    source: 'open-vm-tools backdoor_def.h',
    answer: (registers, { identity }) => {
      registers.eax = identity.vcpuInfo;
    },
  },
];

/** The rows by number, without holes: a call looks its row up by index. */
export const COMMANDS_BY_NUMBER: readonly (CommandRow | undefined)[] = Array.from(
  { length: 1 + Math.max(...COMMANDS.map((row) => row.number)) },
  (_, number) => COMMANDS.find((row) => row.number === number),
);
