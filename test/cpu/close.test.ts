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
