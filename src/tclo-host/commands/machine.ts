import * as c from '../../protocol/constants.ts';
import type { HostIdentity } from '../identity.ts';
import { type CommandRow, UNKNOWN, unanswered } from './row.ts';

// Sub commands of NESTING_CONTROL, high half of ECX (open-vm-tools backdoor_def.h).
const NESTING_CONTROL_RESTRICT_BACKDOOR = 0;
const NESTING_CONTROL_OPEN_BACKDOOR = 1;
const NESTING_CONTROL_QUERY = 2;

const uuidWord = ({ uuid }: HostIdentity, at: number): number =>
  ((uuid[at] ?? 0) | ((uuid[at + 1] ?? 0) << 8) | ((uuid[at + 2] ?? 0) << 16) | ((uuid[at + 3] ?? 0) << 24)) >>> 0;

/** What the machine is, and what only its firmware and its drivers ask. */
export const MACHINE_COMMANDS: readonly CommandRow[] = [
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
    number: c.BDOOR_CMD_APMFUNCTION,
    name: 'APMFUNCTION',
    ring0: true,
    inputs: 'EBX = function',
    outputs: ['eax'],
    users: 'an old BIOS',
    source: 'open-vm-tools backdoor_def.h; ASSUMED: this machine has no APM',
    answer: unanswered,
  },
  {
    number: c.BDOOR_CMD_GETDISKGEO,
    name: 'GETDISKGEO',
    inputs: '-',
    outputs: ['eax'],
    users: 'none known',
    source: 'open-vm-tools backdoor_def.h; ASSUMED: no answer, the command is historic',
    answer: unanswered,
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
    number: c.BDOOR_CMD_OSNOTFOUND,
    name: 'OSNOTFOUND',
    ring0: true,
    inputs: '-',
    outputs: [],
    users: 'the BIOS, which found nothing to boot',
    source: 'open-vm-tools backdoor_def.h; ASSUMED: returns nothing',
    // ASSUMED: wording; VMware shows it in a window.
    answer: (_registers, context) => context.log('No operating system was found.'),
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
    number: c.BDOOR_CMD_ISACPIDISABLED,
    name: 'ISACPIDISABLED',
    inputs: '-',
    outputs: ['eax'],
    users: 'the BIOS',
    source: 'open-vm-tools backdoor_def.h; ASSUMED: 0, ACPI is there',
    answer: (registers) => {
      registers.eax = 0;
    },
  },
  {
    number: c.BDOOR_CMD_NESTING_CONTROL,
    name: 'NESTING_CONTROL',
    inputs: 'ECX high: 0 restrict, 1 open, 2 query',
    outputs: ['eax'],
    users: 'open-vm-tools hostinfo',
    source: 'open-vm-tools hostinfoHV.c takes EAX of 2 and more, but not all ones; ASSUMED: the sub command comes back',
    answer: (registers) => {
      const sub = registers.ecx >>> 16;
      const known = [NESTING_CONTROL_RESTRICT_BACKDOOR, NESTING_CONTROL_OPEN_BACKDOOR, NESTING_CONTROL_QUERY];
      registers.eax = known.includes(sub) ? sub : UNKNOWN;
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
  {
    number: c.BDOOR_CMD_MKS_GUEST_STATS,
    name: 'MKS_GUEST_STATS',
    ring0: true,
    inputs: 'ECX high: 0 reset, 1 add, 2 remove; RBX = page number, 64 bits',
    outputs: [],
    users: 'Linux vmwgfx',
    source: 'Linux drivers/gpu/drm/vmwgfx/vmwgfx_msg.c, which looks at no answer',
    answer: (registers, { window }) => window.statsPages(registers.ecx >>> 16, registers.rbx),
  },
  {
    number: c.BDOOR_CMD_GETBUILDNUM,
    name: 'GETBUILDNUM',
    inputs: '-',
    outputs: ['eax'],
    users: 'open-vm-tools hostinfo',
    source: 'open-vm-tools backdoor_def.h',
    answer: (registers, { identity }) => {
      registers.eax = identity.buildNumber;
    },
  },
];
