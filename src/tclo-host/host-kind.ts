import * as c from '../protocol/constants.ts';
import { COMMANDS, type CommandRow } from './commands/index.ts';
import type { HostOptions } from './options.ts';

/** Who answers: which ports there are, and which commands. */
export interface HostKindRow {
  readonly ports: readonly number[];
  /** The bits of ECX that name the command. */
  readonly commandMask: number;
  readonly commands: readonly CommandRow[];
}

/** EBX of QEMU's answer to GETMEMSIZE; its source does not say why. */
const QEMU_MEMSIZE_EBX = 0x1177;
const BYTES_A_MEGABYTE = 1 << 20;
/** ECX of QEMU's GETVERSION: VMX_TYPE_SCALABLE_SERVER, which is ESX. */
const QEMU_PRODUCT_TYPE = 2;
/** The one bit of GET_VCPU_INFO that QEMU knows: legacy x2APIC. */
const VCPU_LEGACY_X2APIC = 1 << 3;

/** Commands that QEMU answers otherwise than VMware does. Source: QEMU hw/i386/vmport.c. */
const QEMU_ANSWERS: ReadonlyMap<number, Pick<CommandRow, 'outputs' | 'answer'>> = new Map<
  number,
  Pick<CommandRow, 'outputs' | 'answer'>
>([
  [
    c.BDOOR_CMD_GETVERSION,
    {
      outputs: ['eax', 'ebx', 'ecx'],
      answer: (registers) => {
        registers.eax = c.VERSION_MAGIC;
        registers.ebx = c.BDOOR_MAGIC;
        registers.ecx = QEMU_PRODUCT_TYPE;
      },
    },
  ],
  [
    c.BDOOR_CMD_GETMEMSIZE,
    {
      outputs: ['eax', 'ebx'],
      answer: (registers, { identity }) => {
        registers.eax = (identity.memoryMegabytes * BYTES_A_MEGABYTE) % 0x100000000;
        registers.ebx = QEMU_MEMSIZE_EBX;
      },
    },
  ],
  [
    c.BDOOR_CMD_GET_VCPU_INFO,
    {
      outputs: ['eax'],
      answer: (registers, { identity }) => {
        registers.eax = identity.vcpuInfo & VCPU_LEGACY_X2APIC;
      },
    },
  ],
]);

/** All that QEMU has a handler for. Source: QEMU hw/i386/vmport.c, vmmouse.c. */
const QEMU_KNOWS: readonly number[] = [
  c.BDOOR_CMD_GETVERSION,
  c.BDOOR_CMD_GETUUID,
  c.BDOOR_CMD_GETMEMSIZE,
  c.BDOOR_CMD_ABSPOINTER_DATA,
  c.BDOOR_CMD_ABSPOINTER_STATUS,
  c.BDOOR_CMD_ABSPOINTER_COMMAND,
  c.BDOOR_CMD_GETHZ,
  c.BDOOR_CMD_GET_VCPU_INFO,
];

/** The personalities: VMware, QEMU's vmport (a few commands, no messages), and a machine without the ports. */
export const HOST_KINDS: { readonly [P in HostOptions['personality']]: HostKindRow } = {
  vmware: { ports: [c.BDOOR_PORT, c.BDOORHB_PORT], commandMask: 0xffff, commands: COMMANDS },
  qemu: {
    ports: [c.BDOOR_PORT],
    commandMask: 0xff,
    commands: COMMANDS.filter(({ number }) => QEMU_KNOWS.includes(number)).map((row) => ({
      ...row,
      ...QEMU_ANSWERS.get(row.number),
    })),
  },
  none: { ports: [], commandMask: 0, commands: [] },
};

/** The rows that a call finds by its number, without holes; commands of ring 0 are not there for the others. */
export function commandTable(row: HostKindRow, ring: number): (CommandRow | undefined)[] {
  const usable = row.commands.filter(({ ring0 }) => ring0 !== true || ring === 0);
  return Array.from({ length: 1 + Math.max(0, ...usable.map(({ number }) => number)) }, (_, number) =>
    usable.find((command) => command.number === number),
  );
}
