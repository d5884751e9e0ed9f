import { type Machine, REGISTER_ORDER, type Stop, type SystemRegister } from '../../../src/cpu/index.ts';
import { type Dump, dumpOf } from './dump.ts';
import { DUMP_CODE, DUMP_DATA } from './places.ts';

/** Blocks that the dump may take: it is one, but a snippet may have left any mode behind. */
const DUMP_BLOCKS = 20;

const SYSTEM: readonly SystemRegister[] = ['eflags', 'cs', 'ds', 'es', 'fs', 'gs', 'ss', 'cr0', 'cr4'];

/** All there is to see of a machine that has stopped, by name. */
export type Observation = ReadonlyMap<string, string>;

const hex = (value: bigint): string => value.toString(16);

function describe(stop: Stop): string {
  if (stop.reason !== 'fault') return `${stop.reason} at ${hex(stop.pc)}`;
  const { kind, address, size, vector } = stop.fault;
  return `${kind} at ${hex(stop.pc)}, address ${address === null ? 'none' : hex(address)}, size ${size}, vector ${vector}`;
}

function readDump(machine: Machine, { fields }: Dump, found: Map<string, string>): void {
  found.set('dump', describe(machine.run(BigInt(DUMP_CODE), { blocks: DUMP_BLOCKS })));
  const last = fields.at(-1);
  if (last === undefined) return;
  const bytes = Buffer.from(machine.read(BigInt(DUMP_DATA), last.offset + last.size));
  for (const { name, offset, size } of fields) found.set(name, bytes.toString('hex', offset, offset + size));
}

/** Looks at everything; the machine has run the code of the dump afterwards. */
export function observe(machine: Machine, stops: readonly Stop[]): Observation {
  const found = new Map<string, string>();
  found.set('stop', stops.map(describe).join('; '));
  found.set('time', String(machine.now));
  for (const name of REGISTER_ORDER) found.set(name, hex(machine.registers.get(name)));
  for (const name of SYSTEM) found.set(`system ${name}`, hex(machine.readSystem(name)));
  found.set('memory', machine.memoryDigest([BigInt(DUMP_DATA)]));
  readDump(machine, dumpOf(machine.bits), found);
  return found;
}

/** What differs between two observations, a phrase each. */
export function differencesOf(one: Observation, other: Observation, except: ReadonlySet<string> = new Set()): string[] {
  const found: string[] = [];
  for (const [name, value] of one) {
    if (value !== other.get(name) && !except.has(name)) found.push(`${name}: ${value} and ${other.get(name)}`);
  }
  return found;
}
