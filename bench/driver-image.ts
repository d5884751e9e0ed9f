/**
 * A guest after its attach, as a file that the counterparts need no ELF loader for:
 *
 *   IMAGE       a line each: `region ADDRESS SIZE PROTECTION`, `until NS`, `now NS`, `returns ADDRESS`,
 *               `stub ADDRESS NAME`, `task ADDRESS FUNCTION ARG`, `queued TASK`, `timeout ADDRESS NS FUNCTION ARG`,
 *               `stack TOP`, `heap TOP END`; addresses hexadecimal, the others decimal
 *   IMAGE.bin   the bytes of the regions, one behind the other
 */
import { writeFileSync } from 'node:fs';
import type { Guest } from 'vmtbench/guest';

/** The private state of the OpenBSD kernel that the image needs. */
interface OpenBsdState {
  readonly kernel: {
    readonly kernel: {
      readonly tasks: Readonly<Record<string, { readonly function: bigint; readonly arg: bigint }>>;
      readonly waiting: readonly bigint[];
    };
  };
}

const hex = (value: bigint): string => value.toString(16);

/** @param until virtual nanoseconds at which a run ends. */
export function writeImage(guest: Guest, until: number, path: string): void {
  const regions = [...guest.machine.snapshot().memory.tables.keys()];
  const regionOf = (address: bigint) => {
    const region = regions.find((one) => address >= one.address && address < one.end);
    if (region === undefined) throw new Error(`nothing is mapped at 0x${hex(address)}`);
    return region;
  };
  const { kernel } = (guest.snapshot() as OpenBsdState).kernel;
  const { top } = guest.heap.state.now;
  const stubs = guest.object.imports.flatMap(({ name }) => {
    const address = guest.symbol(name);
    // A HLT stands for a function that is served; everything else is data or machine code.
    return address !== null && guest.machine.readUpTo(address, 1)[0] === HLT ? [{ name, address }] : [];
  });
  const [first] = stubs;
  if (first === undefined) throw new Error('the object imports no function');
  const { alarms } = guest.clock;
  const lines = [
    `until ${until}`,
    `now ${guest.machine.now}`,
    ...regions.map(({ address, size, protection }) => `region ${hex(address)} ${size} ${protection}`),
    `returns ${hex(regionOf(first.address).address)}`,
    ...stubs.map(({ name, address }) => `stub ${hex(address)} ${name}`),
    ...Object.entries(kernel.tasks).map(([at, task]) => `task ${at.slice(2)} ${hex(task.function)} ${hex(task.arg)}`),
    ...kernel.waiting.map((task) => `queued ${hex(task)}`),
    ...alarms.map(({ key, at, payload }) => {
      const timeout = /^timeout 0x([0-9a-f]+)$/.exec(key)?.[1];
      if (timeout === undefined || payload.args.length !== 1) throw new Error(`not a timeout: ${key}`);
      return `timeout ${timeout} ${at} ${hex(payload.function)} ${hex(payload.args[0] ?? 0n)}`;
    }),
    `stack ${hex(regionOf(guest.machine.registers.rsp - 8n).end)}`,
    `heap ${hex(top)} ${hex(regionOf(top).end)}`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  writeFileSync(`${path}.bin`, Buffer.concat(regions.map(({ bytes }) => bytes)));
}

const HLT = 0xf4;
