import * as c from '../../protocol/constants.ts';
import type { RegisterFrame } from '../../protocol/index.ts';
import { type CommandContext, type CommandRow, UNKNOWN } from './row.ts';

const NANOSECONDS = 1_000_000_000;
const WORD = 0x100000000;

/** Low bit of STEALCLOCK's address: switch off instead. */
const STEALCLOCK_OFF = 1;

const seconds = ({ identity }: CommandContext, now: number): number =>
  identity.epochSeconds + Math.floor(now / NANOSECONDS);

const microseconds = (now: number): number => Math.floor((now % NANOSECONDS) / 1000);

function timeFull(registers: RegisterFrame, context: CommandContext): void {
  const now = context.time();
  const second = seconds(context, now);
  registers.eax = c.BDOOR_MAGIC;
  registers.esi = Math.floor(second / WORD);
  registers.edx = second % WORD;
  registers.ebx = microseconds(now);
  registers.ecx = context.identity.maxTimeLagMicroseconds;
}

/** What time it is, and how fast it passes. */
export const TIME_COMMANDS: readonly CommandRow[] = [
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
    number: c.BDOOR_CMD_STOPCATCHUP,
    name: 'STOPCATCHUP',
    inputs: '-',
    outputs: [],
    users: 'open-vm-tools timeSync',
    source: 'open-vm-tools backdoor_def.h; ASSUMED: returns nothing, virtual time never has to catch up',
    answer: () => undefined,
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
    number: c.BDOOR_CMD_STEALCLOCK,
    name: 'STEALCLOCK',
    ring0: true,
    inputs: 'ESI:EDI = physical address of the 64-byte structure; low bit: switch off',
    outputs: ['eax'],
    users: 'Linux, accounting of stolen time',
    source: 'Linux arch/x86/kernel/cpu/vmware.c; ASSUMED: a structure that is never written, no time is stolen here',
    answer: (registers, { identity }) => {
      if (!identity.stealClock) registers.eax = UNKNOWN;
      else registers.eax = (registers.edi & STEALCLOCK_OFF) === 0 ? 1 : 0;
    },
  },
  {
    number: c.BDOOR_CMD_PRECISIONCLOCK,
    name: 'PRECISIONCLOCK',
    inputs: 'ECX high = 0: get',
    outputs: ['eax', 'ebx', 'ecx'],
    users: 'Linux ptp_vmw',
    source: 'Linux drivers/ptp/ptp_vmw.c: EAX = 0, EBX:ECX = nanoseconds since 1970; ASSUMED: other sub commands fail',
    answer: (registers, context) => {
      if (registers.ecx >>> 16 !== 0) {
        registers.eax = UNKNOWN;
        return;
      }
      const now = context.time();
      const total = BigInt(context.identity.epochSeconds) * BigInt(NANOSECONDS) + BigInt(now);
      registers.eax = 0;
      registers.ebx = Number(total >> 32n) >>> 0;
      registers.ecx = Number(total & 0xffffffffn);
    },
  },
];
