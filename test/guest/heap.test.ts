import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heap } from '../../src/guest/index.ts';
import { TestMemory } from './support/memory.ts';

function heap(size = 65536): { h: Heap; memory: TestMemory } {
  const memory = new TestMemory(size);
  return { h: new Heap(memory, memory.base, size), memory };
}

function allocate(h: Heap, size: number, zero = false): bigint {
  const address = h.allocate(size, zero);
  if (address === null) throw new Error('the heap is full');
  return address;
}

test('what is asked to be zero is zero, the rest is junk', () => {
  const { h, memory } = heap();
  const first = allocate(h, 20);
  expect(memory.read(first, 20).every((byte) => byte === 0xd0)).toBe(true);
  h.free(first);
  const second = allocate(h, 20, true);
  expect(second).not.toBe(first);
  expect(memory.read(second, 20).every((byte) => byte === 0)).toBe(true);
});

test('only the bytes of live blocks may be touched', () => {
  const { h, memory } = heap();
  const a = allocate(h, 20);
  const b = allocate(h, 3);
  expect(memory.allowed.size).toBe(23);
  h.free(a);
  expect([...memory.allowed]).toEqual([b, b + 1n, b + 2n]);
});

test('a freed block is given out again only when much was freed after it', () => {
  const { h } = heap(1 << 20);
  const first = allocate(h, 2000);
  h.free(first);
  const seen = new Set<bigint>();
  for (let i = 0; i < 131; i++) {
    const address = allocate(h, 2000);
    seen.add(address);
    h.free(address);
  }
  expect(seen.has(first)).toBe(false);
  expect([allocate(h, 2000), allocate(h, 2000), allocate(h, 2000)]).toContain(first);
});

test('when there is no other room a freed block is given out at once', () => {
  const { h } = heap(4096);
  const first = allocate(h, 2048);
  expect(h.allocate(2048)).toBeNull();
  h.free(first);
  expect(h.allocate(2048)).toBe(first);
});

describe('the block that an access meant', () => {
  test.each([
    [-1n, 'a'],
    [0n, 'a'],
    [99n, 'a'],
    [100n, 'a'],
    [131n, 'a'],
    [1000n, null],
  ])('%i bytes from the start', (offset, name) => {
    const { h } = heap();
    h.site = 0x1234n;
    const a = allocate(h, 100);
    expect(h.nearest(a + offset)?.address ?? null).toBe(name === null ? null : a);
    expect(h.nearest(a)?.by).toBe(0x1234n);
    h.site = 0x5678n;
    h.free(a);
    expect(h.nearest(a + 3n)).toMatchObject({ address: a, freedBy: 0x5678n });
  });
});

describe('a wrong free is reported', () => {
  test('twice', () => {
    const { h } = heap();
    const a = allocate(h, 100);
    expect([h.free(a), h.free(a)]).toEqual(['freed', 'double']);
  });

  test('never allocated, or in the middle', () => {
    const { h, memory } = heap();
    const a = allocate(h, 100);
    expect([h.free(a + 16n), h.free(memory.base), h.free(0x1234n)]).toEqual(['bad', 'bad', 'bad']);
    expect(h.sizeOf(a)).toBe(100);
  });
});

test.each([65536, 1e9, 2 ** 40, 1.8e19])('%f bytes do not fit', (size) => {
  expect(heap().h.allocate(size)).toBeNull();
});

test('no bytes are an allocation too', () => {
  const { h } = heap();
  const [a, b] = [allocate(h, 0), allocate(h, 0)];
  expect(a).not.toBe(b);
  expect([h.free(a), h.free(b)]).toEqual(['freed', 'freed']);
});

test('a snapshot brings everything back', () => {
  const { h } = heap();
  const [a, b] = [allocate(h, 10), allocate(h, 300)];
  h.free(a);
  const state = h.state.snapshot();
  h.free(b);
  const after = [h.allocate(10), h.allocate(10), h.allocate(300)];
  h.state.restore(state);
  expect(h.live.map(({ address, size }) => [address, size])).toEqual([[b, 300]]);
  h.free(b);
  expect([h.allocate(10), h.allocate(10), h.allocate(300)]).toEqual(after);
});

test('live allocations never overlap, keep apart, and stay what they are', () => {
  const operation = fc.oneof(fc.record({ size: fc.nat(3000) }), fc.record({ free: fc.nat(50) }));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const { h, memory } = heap();
      const live: { address: bigint; size: number; byte: number }[] = [];
      for (const [index, op] of operations.entries()) {
        if ('size' in op) {
          const address = h.allocate(op.size);
          if (address === null) continue;
          memory.write(address, new Uint8Array(op.size).fill(index));
          live.push({ address, size: op.size, byte: index });
        } else if (live.length > 0) {
          const [gone] = live.splice(op.free % live.length, 1);
          expect(h.free(gone?.address ?? 0n)).toBe('freed');
        }
      }
      for (const { address, size, byte } of live) {
        expect(address % 16n).toBe(0n);
        expect(memory.read(address, size).every((value) => value === byte)).toBe(true);
      }
      const sorted = [...live].sort((a, b) => Number(a.address - b.address));
      for (const [i, next] of sorted.slice(1).entries()) {
        const before = sorted[i];
        expect(next.address - (before?.address ?? 0n)).toBeGreaterThanOrEqual(BigInt((before?.size ?? 0) + 16));
      }
      expect(h.live.length).toBe(live.length);
    }),
    { seed: 2, numRuns: 60 },
  );
});
