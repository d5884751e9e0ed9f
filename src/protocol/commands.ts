import * as c from './constants.ts';
import type { OutputRegister } from './registers.ts';

/** What is public of one command of port 0x5658; what it answers is the host's. */
export interface CommandWords {
  /** Low half of ECX. */
  readonly number: number;
  readonly name: string;
  /** Taken from ring 0 only: from any other it is an unknown command (open-vm-tools marks these "CPL0 only"). */
  readonly ring0?: true;
  readonly inputs: string;
  /** Registers that the answer may change. */
  readonly outputs: readonly OutputRegister[];
}

/** The registers that ABSPOINTER_DATA fills, in its order. */
export const ABSPOINTER_DATA_REGISTERS: readonly OutputRegister[] = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'];

/** Every command that VMware knows, by number. Source: open-vm-tools `backdoor_def.h`. */
export const COMMAND_WORDS: readonly CommandWords[] = [
  { number: c.BDOOR_CMD_GETMHZ, name: 'GETMHZ', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_APMFUNCTION, name: 'APMFUNCTION', ring0: true, inputs: 'EBX = function', outputs: ['eax'] },
  { number: c.BDOOR_CMD_GETDISKGEO, name: 'GETDISKGEO', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_GETPTRLOCATION, name: 'GETPTRLOCATION', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_SETPTRLOCATION, name: 'SETPTRLOCATION', inputs: 'EBX = x << 16 | y', outputs: [] },
  { number: c.BDOOR_CMD_GETSELLENGTH, name: 'GETSELLENGTH', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_GETNEXTPIECE, name: 'GETNEXTPIECE', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_SETSELLENGTH, name: 'SETSELLENGTH', inputs: 'EBX = bytes', outputs: [] },
  { number: c.BDOOR_CMD_SETNEXTPIECE, name: 'SETNEXTPIECE', inputs: 'EBX = 4 bytes, little-endian', outputs: [] },
  {
    number: c.BDOOR_CMD_GETVERSION,
    name: 'GETVERSION',
    inputs: 'EBX anything but the magic',
    outputs: ['eax', 'ebx', 'ecx'],
  },
  {
    number: c.BDOOR_CMD_GETDEVICELISTELEMENT,
    name: 'GETDEVICELISTELEMENT',
    inputs: 'EBX = device << 16 | offset into its entry',
    outputs: ['eax', 'ebx'],
  },
  {
    number: c.BDOOR_CMD_TOGGLEDEVICE,
    name: 'TOGGLEDEVICE',
    inputs: 'EBX = device, top bit: connect',
    outputs: ['eax'],
  },
  { number: c.BDOOR_CMD_GETGUIOPTIONS, name: 'GETGUIOPTIONS', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_SETGUIOPTIONS, name: 'SETGUIOPTIONS', inputs: 'EBX = flags', outputs: [] },
  { number: c.BDOOR_CMD_GETSCREENSIZE, name: 'GETSCREENSIZE', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_GETHWVERSION, name: 'GETHWVERSION', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_OSNOTFOUND, name: 'OSNOTFOUND', ring0: true, inputs: '-', outputs: [] },
  { number: c.BDOOR_CMD_GETUUID, name: 'GETUUID', inputs: '-', outputs: ['eax', 'ebx', 'ecx', 'edx'] },
  { number: c.BDOOR_CMD_GETMEMSIZE, name: 'GETMEMSIZE', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_GETTIME, name: 'GETTIME', inputs: '-', outputs: ['eax', 'ebx', 'ecx', 'edx'] },
  { number: c.BDOOR_CMD_STOPCATCHUP, name: 'STOPCATCHUP', inputs: '-', outputs: [] },
  {
    number: c.BDOOR_CMD_MESSAGE,
    name: 'MESSAGE',
    inputs: 'ECX high = sub command, EDX high = channel, ESI:EDI = cookies, EBX = argument',
    outputs: ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'],
  },
  { number: c.BDOOR_CMD_ISACPIDISABLED, name: 'ISACPIDISABLED', inputs: '-', outputs: ['eax'] },
  { number: c.BDOOR_CMD_ISMOUSEABSOLUTE, name: 'ISMOUSEABSOLUTE', inputs: '-', outputs: ['eax'] },
  {
    number: c.BDOOR_CMD_ABSPOINTER_DATA,
    name: 'ABSPOINTER_DATA',
    inputs: 'EBX = words, 1 to 6',
    outputs: ABSPOINTER_DATA_REGISTERS,
  },
  { number: c.BDOOR_CMD_ABSPOINTER_STATUS, name: 'ABSPOINTER_STATUS', inputs: '-', outputs: ['eax'] },
  {
    number: c.BDOOR_CMD_ABSPOINTER_COMMAND,
    name: 'ABSPOINTER_COMMAND',
    inputs: 'EBX = enable, disable, relative or absolute',
    outputs: ['eax'],
  },
  {
    number: c.BDOOR_CMD_GETHZ,
    name: 'GETHZ',
    inputs: 'EBX = 0xFFFFFFFF, which stays where the command is unknown',
    outputs: ['eax', 'ebx', 'ecx'],
  },
  { number: c.BDOOR_CMD_GETTIMEFULL, name: 'GETTIMEFULL', inputs: '-', outputs: ['eax', 'ebx', 'ecx', 'edx', 'esi'] },
  {
    number: c.BDOOR_CMD_GETTIMEFULL_WITH_LAG,
    name: 'GETTIMEFULL_WITH_LAG',
    inputs: '-',
    outputs: ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi'],
  },
  {
    number: c.BDOOR_CMD_NESTING_CONTROL,
    name: 'NESTING_CONTROL',
    inputs: 'ECX high: 0 restrict, 1 open, 2 query',
    outputs: ['eax'],
  },
  { number: c.BDOOR_CMD_GET_VCPU_INFO, name: 'GET_VCPU_INFO', inputs: '-', outputs: ['eax'] },
  {
    number: c.BDOOR_CMD_MKS_GUEST_STATS,
    name: 'MKS_GUEST_STATS',
    ring0: true,
    inputs: 'ECX high: 0 reset, 1 add, 2 remove; RBX = page number, 64 bits',
    outputs: [],
  },
  {
    number: c.BDOOR_CMD_ABSPOINTER_RESTRICT,
    name: 'ABSPOINTER_RESTRICT',
    inputs: 'EBX: 0 any ring, 1 ring 0, 2 I/O privilege',
    outputs: ['eax'],
  },
  {
    number: c.BDOOR_CMD_STEALCLOCK,
    name: 'STEALCLOCK',
    ring0: true,
    inputs: 'ESI:EDI = physical address of the 64-byte structure; low bit: switch off',
    outputs: ['eax'],
  },
  {
    number: c.BDOOR_CMD_PRECISIONCLOCK,
    name: 'PRECISIONCLOCK',
    inputs: 'ECX high = 0: get',
    outputs: ['eax', 'ebx', 'ecx'],
  },
  { number: c.BDOOR_CMD_GETBUILDNUM, name: 'GETBUILDNUM', inputs: '-', outputs: ['eax'] },
];

const BY_NUMBER: ReadonlyMap<number, CommandWords> = new Map(COMMAND_WORDS.map((words) => [words.number, words]));

/** Null for a command that VMware does not know. */
export const commandWords = (number: number): CommandWords | null => BY_NUMBER.get(number) ?? null;
