import { type Bits, Machine } from '../../../src/cpu/index.ts';
import { Dice } from '../../support/dice.ts';
import { dumpOf } from './dump.ts';
import type { Setting } from './generate.ts';
import { DUMP_CODE, DUMP_DATA, PLACE_SIZE, PLACES } from './places.ts';

const PAGE = 0x1000;

/** What FS and GS add in the setting `segment`. */
export const SEGMENT_BASES = { fs: BigInt(PLACES.data), gs: BigInt(PLACES.checked + 0x10) } as const;

/** Ports answer from the access alone: what they say must not depend on what was run before. */
function servePorts(machine: Machine): void {
  machine.onPort = (access) => {
    const { port, width, count, direction, string } = access;
    if (direction === 'out') return;
    if (string) access.data = new Uint8Array(count * width).fill(port & 0xff);
    else access.registers.eax = (port * 0x1_0001) >>> 0;
  };
  machine.onVmcall = ({ registers }) => {
    registers.eax = 0x564d_5868;
    return 'done';
  };
}

function mapPlaces(machine: Machine, checked: boolean): void {
  const noise = new Dice(1);
  const fill = (address: number): void => {
    machine.write(
      BigInt(address),
      Uint8Array.from({ length: PLACE_SIZE }, () => noise.below(256)),
    );
  };
  machine.map(BigInt(PLACES.code), PLACE_SIZE, 'rwx');
  machine.map(BigInt(PLACES.data), PLACE_SIZE, 'rw');
  machine.map(BigInt(PLACES.checked), PLACE_SIZE, 'rw', checked ? 'bytes' : undefined);
  machine.map(BigInt(PLACES.stack), PLACE_SIZE, 'rw', checked ? 'returns' : undefined);
  for (const address of Object.values(PLACES)) fill(address);
  if (checked) for (let at = 0; at < PLACE_SIZE; at += 512) machine.allow(BigInt(PLACES.checked + at), 256, true);
}

/** A machine in that setting, ready for its first snippet. */
export function openMachine(bits: Bits, setting: Setting): Machine {
  const machine = new Machine({ bits });
  servePorts(machine);
  mapPlaces(machine, setting === 'poison');
  machine.map(BigInt(DUMP_CODE), PAGE, 'rx');
  machine.map(BigInt(DUMP_DATA), PAGE, 'rw');
  machine.write(BigInt(DUMP_CODE), dumpOf(bits).code);
  if (setting === 'segment') setBases(machine);
  return machine;
}

export function setBases(machine: Machine): void {
  machine.setSegmentBase('fs', SEGMENT_BASES.fs);
  machine.setSegmentBase('gs', SEGMENT_BASES.gs);
}
