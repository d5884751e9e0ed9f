import { describe, expect, it } from 'vitest';
import { type Bits, Machine } from '../../src/cpu/index.ts';
import { CODE, hex } from '../support/machine.ts';

const HEAP = 0x30000n;
const STACK = 0x40000n;

/** A machine with a checked heap of which 16 bytes at {@link HEAP}+32 are given out, and a guarded stack. */
function checked(bits: Bits, code: string): Machine {
  const m = new Machine({ bits });
  m.map(CODE, 0x1000, 'rx');
  m.map(HEAP, 0x1000, 'rw', 'bytes');
  m.map(STACK, 0x1000, 'rw', 'returns');
  m.write(CODE, hex(code));
  m.allow(HEAP + 32n, 16, false);
  m.registers.rsp = STACK + 0xf00n;
  m.registers.rbx = HEAP + 32n;
  return m;
}

describe('poisoned bytes', () => {
  it.each([
    ['a store inside', '884308 48894308 f4', null],
    ['a load inside', '8a430f f4', null],
    [
      'a store one byte too far',
      '90 884310 90 f4',
      { kind: 'writePoison', pc: CODE + 1n, address: HEAP + 48n, size: 1 },
    ],
    [
      'a wide store over the end',
      '90 4889430c f4',
      { kind: 'writePoison', pc: CODE + 1n, address: HEAP + 48n, size: 8 },
    ],
    ['a store before the start', '8843ff f4', { kind: 'writePoison', pc: CODE, address: HEAP + 31n }],
    [
      'a load one byte too far',
      '90 90 8a4310 90 f4',
      { kind: 'readPoison', pc: CODE + 2n, address: HEAP + 48n, size: 1 },
    ],
    ['a load far away', '488b4340 f4', { kind: 'readPoison', pc: CODE, address: HEAP + 96n }],
  ])('%s', (_name, code, fault) => {
    const m = checked(64, code);
    const stop = m.run(CODE);
    if (fault === null) expect(stop.reason).toBe('halt');
    else expect(stop).toMatchObject({ reason: 'fault', fault });
    m.close();
  });

  it.each([
    ['inside what was given out', HEAP + 32n, 16, true, true],
    ['over its end', HEAP + 32n, 17, true, false],
    ['of much poison', HEAP + 32n, 0x100, false, false],
    ['over the end of the region', HEAP + 0xfffn, 2, false, false],
    ['nowhere', 0x90000n, 1, false, false],
    ['a load from the guarded stack', STACK, 0x100, false, true],
    ['a store to it', STACK, 8, true, false],
    ['elsewhere', CODE, 0x1000, false, true],
  ] as const)('permits, or asks for a closer look: %s', (_name, address, length, write, permitted) => {
    const m = checked(64, 'f4');
    expect(m.permits(address, length, write)).toBe(permitted);
    m.close();
  });

  it.each([
    // A load and a store of the same page, one after the other: what one may do the other may not.
    ['a store to a page that may be read only', 'r', '8a03 8803 f4', { kind: 'write', pc: CODE + 2n }],
    ['code in a page of data', 'rw', '8803 8a03 ffe3', { kind: 'fetch' }],
  ] as const)('the engine remembers a page for what its region permits: %s', (_name, protection, code, fault) => {
    const m = checked(64, code);
    m.map(0x50000n, 0x1000, protection);
    m.registers.rbx = 0x50000n;
    expect(m.run(CODE)).toMatchObject({ reason: 'fault', fault });
    m.close();
  });

  it('what was taken back is poison again, and a snapshot knows both', () => {
    const m = checked(64, '8803 f4');
    const before = m.snapshot();
    m.poison(HEAP + 32n, 16);
    expect(m.run(CODE)).toMatchObject({ reason: 'fault', fault: { kind: 'writePoison' } });
    const after = m.snapshot();
    m.restore(before);
    m.registers.rbx = HEAP + 32n;
    expect(m.firstUnwritten(HEAP + 32n, 16)).toBe(HEAP + 32n);
    expect(m.run(CODE).reason).toBe('halt');
    expect(m.firstUnwritten(HEAP + 32n, 16)).toBe(HEAP + 33n);
    m.restore(after);
    expect(m.firstPoisoned(HEAP + 32n, 16)).toBe(HEAP + 32n);
    m.close();
  });

  it.each([
    ['fc f36c f4', 'writePoison', 17n, HEAP + 48n],
    ['fc f36e f4', 'readPoison', 17n, HEAP + 48n],
    ['fc f36e f4', 'sendUnwritten', 16n, HEAP + 34n],
    ['fc f36e f4', null, 2n, 0n],
    ['fc f36c f4', null, 16n, 0n],
  ])('string I/O %s: %s for %d bytes', (code, kind, count, address) => {
    const m = checked(64, code);
    m.write(HEAP + 32n, hex('0102'));
    m.onPort = (access) => {
      if (access.direction === 'in') access.data = new Uint8Array(access.count);
    };
    m.registers.rsi = HEAP + 32n;
    m.registers.rdi = HEAP + 32n;
    m.registers.rcx = count;
    const stop = m.run(CODE);
    if (kind === null) expect(stop.reason).toBe('halt');
    else expect(stop).toMatchObject({ reason: 'fault', fault: { kind, address, pc: CODE + 1n } });
    m.close();
  });
});

describe('return addresses', () => {
  // call f; hlt; f: sub $16,%rsp; <store>; add $16,%rsp; ret
  const inCallee = (store: string): string => `e801000000 f4 4883ec10 ${store} 4883c410 c3`;

  it.each([
    ['a store to a local', 'c6042401 c644240f01', null],
    [
      'a store over the return address',
      '90 c644241001',
      { kind: 'writeReturnAddress', pc: CODE + 11n, address: STACK + 0xef8n },
    ],
    ['a wide store that reaches it', '48c744240c00000000', { kind: 'writeReturnAddress', address: STACK + 0xef8n }],
    ['a store over the caller’s own', 'c644241801', { kind: 'writeReturnAddress', address: STACK + 0xf00n }],
    ['a store past both', 'c644242001', null],
  ])('%s', (_name, store, fault) => {
    const m = checked(64, inCallee(store));
    const stop = m.run(CODE);
    if (fault === null) expect(stop.reason).toBe('halt');
    else expect(stop).toMatchObject({ reason: 'fault', fault });
    m.close();
  });

  it('are free again once their call is over', () => {
    // call f; push $1; pop %rax; movl $2,-8(%rsp); call f; hlt; f: ret
    const m = checked(64, 'e812000000 6a01 58 c74424f802000000 e801000000 f4 c3 c3');
    expect(m.run(CODE).reason).toBe('halt');
    m.close();
  });

  it.each([32, 64] as const)('a call of the next instruction is no call: code asks where it is, %i bit', (bits) => {
    // call 1f; 1: pop %ebx; sub $16,%esp; movl $2,12(%esp); hlt
    const m = checked(
      bits,
      bits === 64 ? 'e800000000 5b 4883ec10 c744240802000000 f4' : 'e800000000 5b 83ec10 c744240c02000000 f4',
    );
    expect(m.run(CODE).reason).toBe('halt');
    m.close();
  });

  it('a retpoline may replace its own', () => {
    // lea target(%rip),%rax; call 1f; 0: jmp 0b; 1: mov %rax,(%rsp); ret; target: hlt
    const m = checked(64, '488d050c000000 e802000000 ebfe 48890424 c3 f4');
    expect(m.run(CODE)).toEqual({ reason: 'halt', pc: CODE + 19n });
    m.close();
  });

  it.each([32, 64] as const)('are told to whoever writes on the guest’s behalf, %i bit', (bits) => {
    // call f; hlt; f: in (%dx),%al; ret
    const m = checked(bits, 'e801000000 f4 ec c3');
    const slot = STACK + 0xf00n - (bits === 64 ? 8n : 4n);
    let seen: (bigint | null)[] = [];
    m.onPort = () => {
      seen = [m.returnSlotIn(slot - 4n, 4), m.returnSlotIn(slot - 4n, 5), m.returnSlotIn(slot, 1)];
    };
    expect(m.run(CODE).reason).toBe('halt');
    expect(seen).toEqual([null, slot, slot]);
    m.close();
  });
});
