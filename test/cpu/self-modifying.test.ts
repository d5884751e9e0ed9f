import { describe, expect, it } from 'vitest';
import type { Bits } from '../../src/cpu/index.ts';
import { CODE, DATA, hex, machine, start } from '../support/machine.ts';

/** Its own number, stored to data and then to the code that loads it: 1 at the first run, 2 from then on. */
const COUNTS: Record<Exclude<Bits, 16>, string> = {
  64: 'b801000000 89042500000200 c605eeffffff02 f4',
  32: 'b801000000 a300000200 c6050100010002 f4',
};

describe('code that the guest writes', () => {
  it.each([64, 32] as const)('is the new code when it next runs, after a store to data too (%i bit)', (bits) => {
    const m = machine(bits, '');
    m.unmap(CODE);
    m.map(CODE, 0x1000, 'rwx');
    m.write(CODE, hex(COUNTS[bits]));
    const seen = [1, 2, 3].map(() => {
      const { reason } = start(m);
      return [reason, m.registers.eax, m.readUint(DATA, 4)];
    });
    expect(seen).toEqual([
      ['halt', 1, 1n],
      ['halt', 2, 2n],
      ['halt', 2, 2n],
    ]);
    m.close();
  });

  it('is run though the store lies in the block that it changes, behind it', () => {
    // NOP and HLT over UD2.
    const m = machine(64, '');
    m.unmap(CODE);
    m.map(CODE, 0x1000, 'rwx');
    m.write(CODE, hex('66c7050000000090f4 0f0b'));
    expect(start(m).reason).toBe('halt');
    m.close();
  });
});
