import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Machine } from '../../src/cpu/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const MACHINES = 40;
const MEMORY = 1 << 20;

test('the memory of closed machines is given back', async () => {
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < MACHINES; count++) {
    const machine = new Machine({ bits: 64 });
    machine.onPort = () => {};
    machine.map(0x10000n, MEMORY, 'rwx');
    machine.write(0x10000n, Uint8Array.of(0xed, 0xf4));
    expect(machine.run(0x10000n).reason).toBe('halt');
    machine.close();
  }
  // What native code held goes back by finalizers, which run between two tasks.
  await expect
    .poll(() => {
      collect();
      return process.memoryUsage().arrayBuffers - before;
    })
    .toBeLessThan((MACHINES / 4) * MEMORY);
});

test('at once, in a loop that never lets the collector’s finalizers run, snapshots included', () => {
  const resident = (): number => process.memoryUsage().rss;
  const round = (machines: number): void => {
    for (let count = 0; count < machines; count++) {
      const machine = new Machine({ bits: 64 });
      machine.map(0x10000n, MEMORY, 'rwx', count % 2 === 0 ? 'bytes' : undefined);
      machine.fill(0x10000n, MEMORY, 0xf4);
      machine.allow(0x10000n, MEMORY, true);
      expect(machine.run(0x10000n).reason).toBe('halt');
      for (let copy = 0; copy < 2; copy++) {
        machine.writeUint(0x20000n, 4, BigInt(copy));
        machine.restore(machine.snapshot());
      }
      machine.close();
    }
  };
  round(20);
  const before = resident();
  round(200);
  // Kept, it would be more than 400 MiB.
  expect(resident() - before).toBeLessThan(100 * MEMORY);
});

test('a closed machine has nothing mapped, and says that it is closed', () => {
  const machine = new Machine({ bits: 64 });
  machine.map(0x10000n, 4096, 'rwx');
  const snapshot = machine.snapshot();
  machine.close();
  machine.close();
  expect(machine.isMapped(0x10000n, 1)).toBe(false);
  expect(() => machine.read(0x10000n, 1)).toThrow(expect.objectContaining({ code: 'cpu.unmapped' }));
  for (const use of [() => machine.run(0x10000n), () => machine.restore(snapshot), () => machine.map(0n, 4096)]) {
    expect(use).toThrow('the machine is closed');
  }
});
