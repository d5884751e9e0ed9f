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

/** Stores into the block that runs, at places that no power of two divides. */
const UNALIGNED: readonly (readonly [name: string, code: string])[] = [
  ['a double word', 'c7050100000090909090'],
  ['a double word over itself', 'c705f6ffffff90909090'],
  ['a word', '66c705010000009090'],
  ['a quad word of SSE', '660fd60503000000'],
  ['16 bytes of SSE', '0f110503000000'],
  ['80 bits of the FPU', 'db3d03000000'],
  ['a locked addition', 'f0810501000000 00000000'],
  ['a string of double words', '488d3d0600000090 f3ab'],
];

describe('an unaligned store into the block that runs', () => {
  it.each(UNALIGNED)('of %s: later stores are seen, by the checker, the digest and a restore', (_, code) => {
    const heap = 0x40000n;
    // The store over NOPs; then one to poison, by r8.
    const m = machine(64, '');
    m.unmap(CODE);
    m.map(CODE, 0x1000, 'rwx');
    m.write(CODE, hex(`${code} ${'90'.repeat(40)} 418900 f4`));
    m.map(heap, 4096, 'rw', 'bytes');
    m.registers.set('r8', heap);
    m.registers.rax = 0x9090_9090_9090_9090n;
    m.registers.rcx = 2n;
    // SSE and the FPU store NOPs too, where they can.
    const before = m.snapshot();
    const digest = m.memoryDigest();
    const poison = CODE + BigInt(code.replaceAll(' ', '').length / 2 + 40);
    const stop = start(m);
    // Zeros of SSE or the FPU over the NOPs add al to (rax): the guest's own fault, which is as well.
    const [reason] = 'fault' in stop ? [stop.fault.kind] : [stop.reason];
    expect(['writePoison', 'read', 'write']).toContain(reason);
    if (reason === 'writePoison') expect(stop.pc).toBe(poison);
    m.allow(heap, 4096, true);
    m.write(CODE + 0x800n, hex('418900 f4'));
    const changed = m.memoryDigest();
    expect(changed).not.toBe(digest);
    expect(m.run(CODE + 0x800n).reason).toBe('halt');
    expect(m.memoryDigest()).not.toBe(changed);
    m.restore(before);
    expect([m.memoryDigest(), m.readUint(heap, 8)]).toEqual([digest, 0n]);
    m.close();
  });

  it('changes code that is run next: the immediate of the instruction behind it', () => {
    // movl $2, imm of the next; mov $1,%eax
    const m = machine(64, '');
    m.unmap(CODE);
    m.map(CODE, 0x1000, 'rwx');
    m.write(CODE, hex('c7050100000002000000 b801000000 f4'));
    for (let time = 0; time < 3; time++) {
      m.writeUint(CODE + 11n, 4, 1n);
      const { now } = m;
      expect([start(m).reason, m.registers.eax, m.now - now]).toEqual(['halt', 2, 3]);
    }
    m.close();
  });

  it('is followed by a load over a page that is not there: later runs see their stores', () => {
    const m = machine(64, '8b07 f4');
    m.registers.rdi = DATA + 0x1ffen;
    expect(start(m)).toMatchObject({ fault: { kind: 'read', address: DATA + 0x2000n } });
    m.write(CODE + 0x10n, hex('8907 f4'));
    m.registers.rdi = DATA;
    m.registers.rax = 5n;
    const digest = m.memoryDigest();
    expect(m.run(CODE + 0x10n).reason).toBe('halt');
    expect(m.memoryDigest()).not.toBe(digest);
    m.close();
  });
});
