import { Machine, REGISTER_ORDER, type RegisterName } from '../../../src/cpu/index.ts';
import type { CodeBits } from './iced.ts';
import { GENERAL_PROTECTION } from './native.ts';
import { CODE_REGION, DATA_REGION, GS_BASE, STACK_REGION } from './places.ts';
import { Records } from './record.ts';

/** Vectors that no exception has: the run ended otherwise. */
const ENDED: Readonly<Record<string, number>> = { budget: 0x100, stopped: 0x101, preempted: 0x102, fault: 0x103 };

const BLOCKS = 10_000;

const NAMES: Readonly<Record<CodeBits, readonly RegisterName[]>> = {
  64: REGISTER_ORDER.filter((name) => name !== 'rip'),
  32: REGISTER_ORDER.filter((name) => name !== 'rip' && !/^r\d/.test(name)),
};

/** A machine with the hooks of a usual run: the memory checker on data and stack, ports served. */
function openMachine(bits: CodeBits, code: Uint8Array): Machine {
  const machine = new Machine({ bits });
  if (bits === 64) machine.setSegmentBase('gs', BigInt(GS_BASE));
  machine.onPort = () => {};
  machine.onVmcall = () => 'done';
  machine.map(BigInt(CODE_REGION.address), CODE_REGION.size, 'rx');
  machine.map(BigInt(DATA_REGION.address), DATA_REGION.size, 'rw', 'bytes');
  machine.allow(BigInt(DATA_REGION.address), DATA_REGION.size, false);
  machine.map(BigInt(STACK_REGION.address), STACK_REGION.size, 'rw', 'returns');
  machine.write(BigInt(CODE_REGION.address), code);
  return machine;
}

/** Runs every record's code in the bench. @returns the records as they ended, as `runNatively` does. */
export function runInBench(bits: CodeBits, code: Uint8Array, before: Records): Records {
  const after = new Records(before.count, before.windows);
  const machine = openMachine(bits, code);
  const names = NAMES[bits];
  const fresh = machine.saveContext();
  for (let record = 0; record < before.count; record++) {
    for (const name of names) machine.registers.set(name, before.get(record, name));
    for (const window of before.windows) machine.write(BigInt(window.address), before.window(record, window));
    const stop = machine.run(before.get(record, 'rip'), { blocks: BLOCKS });
    for (const name of names) after.set(record, name, machine.registers.get(name));
    for (const window of before.windows) {
      after.window(record, window).set(machine.read(BigInt(window.address), window.size));
    }
    const vector = stop.reason === 'fault' ? stop.fault.vector : stop.reason === 'halt' ? GENERAL_PROTECTION : null;
    if (stop.reason === 'fault') machine.restoreContext(fresh);
    after.set(record, 'rip', stop.pc);
    after.setVector(record, vector ?? (ENDED[stop.reason] as number));
  }
  machine.close();
  return after;
}
