/** What the memory checker costs: the same guest code with it and without. */
import { readFileSync } from 'node:fs';
import { Bench, parseObject, run } from 'vmtbench';
import { Machine } from 'vmtbench/cpu';

const SECOND = 1e9;
const CODE = 0x100000n;
const BUFFER = 0x200000n;
const STACK = 0x300000n;
const PAGE = 4096;

/** A function that measures `seconds` virtual seconds of a driver, its attach included: milliseconds. */
export function createDriverLife(path: string, checked: boolean): (seconds: number) => number {
  const object = parseObject(readFileSync(path), path);
  return (seconds) => {
    const bench = new Bench({ object, guest: { memoryChecker: checked } });
    const start = performance.now();
    const { findings } = run(bench, { until: seconds * SECOND });
    const elapsed = performance.now() - start;
    bench.close();
    if (findings.length > 0) throw new Error(`the driver has a finding: ${findings[0]?.title}`);
    return elapsed;
  };
}

/** A function that measures a guest that reads 4096 bytes `n` times and does nothing else: milliseconds. */
export function createLoads(path: string, checked: boolean): (n: number) => number {
  const machine = new Machine({ bits: 64 });
  machine.map(CODE, PAGE, 'rx');
  machine.map(BUFFER, PAGE, 'rw', checked ? 'bytes' : undefined);
  machine.map(STACK, PAGE, 'rw', checked ? 'returns' : undefined);
  machine.write(CODE, readFileSync(path));
  if (checked) machine.allow(BUFFER, PAGE, true);
  return (n) => {
    const start = performance.now();
    machine.registers.rdi = BigInt(n);
    machine.registers.rsi = BUFFER;
    machine.registers.rsp = STACK + BigInt(PAGE);
    const stop = machine.run(CODE);
    const elapsed = performance.now() - start;
    if (stop.reason !== 'halt') throw new Error(`the guest loop ended with ${stop.reason}`);
    return elapsed;
  };
}
