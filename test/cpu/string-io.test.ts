import { describe, expect, it } from 'vitest';
import type { Bits, Machine } from '../../src/cpu/index.ts';
import { hex, machine, recordPorts, start, toHex } from '../support/machine.ts';

const PATTERN = hex('a1 a2 a3 a4 a5 a6 a7 a8');

interface Row {
  name: string;
  bits: Bits;
  code: string;
  /** Registers before; `at` is added to the data address. */
  at: number;
  count: number;
  /** What moved: one access, its element width and count. */
  access: { width: number; count: number } | null;
  /** Data page bytes 0x0ff8..0x1007 after an input, or the bytes that left. */
  memory?: string;
  sent?: string;
  /** Pointer (relative) and count register after. */
  after: { pointer: number; count: number };
}

// 1:1 what a processor leaves after INS and OUTS (Intel SDM volume 2), at the middle of the data: offset 0x1000.
const rows: Row[] = [
  {
    name: 'rep insb',
    bits: 64,
    code: 'fc f36c f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a1a2a3a400000000',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'rep insb',
    bits: 32,
    code: 'fc f36c f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a1a2a3a400000000',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'rep insb',
    bits: 16,
    code: 'fc f36c f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a1a2a3a400000000',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'rep insb across pages',
    bits: 64,
    code: 'fc f36c f4',
    at: 0x0ffe,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '000000000000a1a2 a3a4000000000000',
    after: { pointer: 0x1002, count: 0 },
  },
  {
    name: 'std; rep insb',
    bits: 64,
    code: 'fd f36c f4',
    at: 0x1003,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a4a3a2a100000000',
    after: { pointer: 0x0fff, count: 0 },
  },
  {
    name: 'std; rep insb',
    bits: 32,
    code: 'fd f36c f4',
    at: 0x1003,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a4a3a2a100000000',
    after: { pointer: 0x0fff, count: 0 },
  },
  {
    name: 'std; rep insb',
    bits: 16,
    code: 'fd f36c f4',
    at: 0x1003,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a4a3a2a100000000',
    after: { pointer: 0x0fff, count: 0 },
  },
  {
    name: 'rep insw',
    bits: 32,
    code: 'fc f3666d f4',
    at: 0x1000,
    count: 3,
    access: { width: 2, count: 3 },
    memory: '0000000000000000 a1a2a3a4a5a60000',
    after: { pointer: 0x1006, count: 0 },
  },
  {
    name: 'rep insl',
    bits: 64,
    code: 'fc f36d f4',
    at: 0x1000,
    count: 2,
    access: { width: 4, count: 2 },
    memory: '0000000000000000 a1a2a3a4a5a6a7a8',
    after: { pointer: 0x1008, count: 0 },
  },
  {
    name: 'std; rep insl',
    bits: 32,
    code: 'fd f36d f4',
    at: 0x1004,
    count: 2,
    access: { width: 4, count: 2 },
    memory: '0000000000000000 a5a6a7a8a1a2a3a4',
    after: { pointer: 0x0ffc, count: 0 },
  },
  {
    name: 'rep insb, 32-bit address',
    bits: 64,
    code: 'fc 67f36c f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a1a2a3a400000000',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'rep insb, 32-bit address',
    bits: 16,
    code: 'fc 67f36c f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    memory: '0000000000000000 a1a2a3a400000000',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'insb without rep',
    bits: 64,
    code: 'fc 6c f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 1 },
    memory: '0000000000000000 a100000000000000',
    after: { pointer: 0x1001, count: 4 },
  },
  {
    name: 'rep insb, count 0',
    bits: 64,
    code: 'fc f36c f4',
    at: 0x1000,
    count: 0,
    access: null,
    memory: '0000000000000000 0000000000000000',
    after: { pointer: 0x1000, count: 0 },
  },
  {
    name: 'rep insb, count 0',
    bits: 16,
    code: 'fc f36c f4',
    at: 0x1000,
    count: 0,
    access: null,
    memory: '0000000000000000 0000000000000000',
    after: { pointer: 0x1000, count: 0 },
  },
  {
    name: 'rep outsb',
    bits: 64,
    code: 'fc f36e f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    sent: '01020304',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'rep outsb',
    bits: 32,
    code: 'fc f36e f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    sent: '01020304',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'rep outsb',
    bits: 16,
    code: 'fc f36e f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    sent: '01020304',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'std; rep outsb',
    bits: 64,
    code: 'fd f36e f4',
    at: 0x1003,
    count: 4,
    access: { width: 1, count: 4 },
    sent: '04030201',
    after: { pointer: 0x0fff, count: 0 },
  },
  {
    name: 'std; rep outsw',
    bits: 32,
    code: 'fd f3666f f4',
    at: 0x1002,
    count: 2,
    access: { width: 2, count: 2 },
    sent: '03040102',
    after: { pointer: 0x0ffe, count: 0 },
  },
  {
    name: 'rep outsb, 32-bit address',
    bits: 64,
    code: 'fc 67f36e f4',
    at: 0x1000,
    count: 4,
    access: { width: 1, count: 4 },
    sent: '01020304',
    after: { pointer: 0x1004, count: 0 },
  },
  {
    name: 'rep outsb, 16-bit address',
    bits: 32,
    code: 'fc 67f36e f4',
    at: 0x1000,
    count: 0,
    access: null,
    after: { pointer: 0x1000, count: 0 },
  },
  {
    name: 'outsl without rep',
    bits: 64,
    code: 'fc 6f f4',
    at: 0x1000,
    count: 9,
    access: { width: 4, count: 1 },
    sent: '01020304',
    after: { pointer: 0x1004, count: 9 },
  },
];

const dataAddress = (m: Machine): bigint => (m.bits === 16 ? 0x8000n : 0x20000n);

describe('string I/O is one access, and leaves the registers as the processor would', () => {
  it.each(rows)('$bits bit: $name, $count at $at', ({ bits, code, at, count, access, memory, sent, after }) => {
    const m = machine(bits, code);
    const data = dataAddress(m);
    const output = sent !== undefined || /6[ef]/.test(code);
    if (output) m.write(data + 0x1000n, hex('0102030405060708'));
    m.registers.rdx = 0x5659n;
    m.registers.rcx = BigInt(count);
    m.registers[output ? 'rsi' : 'rdi'] = data + BigInt(at);
    const seen = recordPorts(m, PATTERN);

    expect(start(m).reason).toBe('halt');

    const pc = (bits === 16 ? 0x1000n : 0x10000n) + 1n;
    const direction = output ? 'out' : 'in';
    expect(seen).toEqual(
      access === null ? [] : [{ port: 0x5659, direction, string: true, pc, data: sent ?? '', ...access }],
    );
    expect(m.registers[output ? 'rsi' : 'rdi'] - data).toBe(BigInt(after.pointer));
    expect(m.registers.rcx).toBe(BigInt(after.count));
    if (memory !== undefined) expect(toHex(m.read(data + 0xff8n, 16))).toBe(memory.replace(' ', ''));
    m.close();
  });

  it('a 32-bit address clears the upper halves of pointer and count; a 16-bit one keeps them', () => {
    const wide = machine(64, '67f36c f4');
    recordPorts(wide, PATTERN);
    wide.registers.rdi = 0xdead_0000_0002_1000n;
    wide.registers.rcx = 0xbeef_0000_0000_0002n;
    start(wide);
    expect([wide.registers.rdi, wide.registers.rcx]).toEqual([0x21002n, 0n]);
    wide.close();

    const narrow = machine(32, '67f36c f4');
    narrow.map(0n, 0x10000, 'rw');
    recordPorts(narrow, PATTERN);
    narrow.registers.rdi = 0xabcd1000n;
    narrow.registers.rcx = 0x70002n;
    start(narrow);
    expect([narrow.registers.rdi, narrow.registers.rcx]).toEqual([0xabcd1002n, 0x70000n]);
    narrow.close();
  });

  it('a 16-bit pointer wraps around at 64 KiB within one access', () => {
    const m = machine(16, 'fc f36c f4');
    m.map(0n, 0x1000, 'rw');
    m.map(0xf000n, 0x1000, 'rw');
    const seen = recordPorts(m, PATTERN);
    m.registers.rdi = 0xfffdn;
    m.registers.rcx = 6n;
    start(m);
    expect(seen).toHaveLength(1);
    expect(toHex(m.read(0xfffdn, 3))).toBe('a1a2a3');
    expect(toHex(m.read(0n, 4))).toBe('a4a5a600');
    expect([m.registers.rdi, m.registers.rcx]).toEqual([3n, 0n]);
    m.close();
  });

  it('real mode takes the segment: ES for INS, an override for OUTS', () => {
    const m = machine(16, 'fc f36c f4');
    m.writeSystem('es', 0x810n);
    recordPorts(m, PATTERN);
    m.registers.rdi = 0x20n;
    m.registers.rcx = 2n;
    start(m);
    expect(toHex(m.read(0x8120n, 3))).toBe('a1a200');
    m.close();

    const out = machine(16, '26f36e f4');
    out.writeSystem('es', 0x810n);
    out.write(0x8120n, hex('0a0b'));
    const seen = recordPorts(out);
    out.registers.rsi = 0x20n;
    out.registers.rcx = 2n;
    start(out);
    expect(seen).toMatchObject([{ data: '0a0b' }]);
    out.close();
  });
});

describe('string I/O that faults in mid-transfer', () => {
  // The data is two pages: 0x20000..0x21fff.
  it.each([
    { name: 'rep insb', code: 'fc f36c f4', pointer: 0x21ffdn, moved: 3, left: 2n, fault: 0x22000n, after: 0x22000n },
    {
      name: 'std; rep insb',
      code: 'fd f36c f4',
      pointer: 0x20002n,
      moved: 3,
      left: 2n,
      fault: 0x1ffffn,
      after: 0x1ffffn,
    },
    { name: 'rep outsb', code: 'fc f36e f4', pointer: 0x21ffdn, moved: 3, left: 2n, fault: 0x22000n, after: 0x22000n },
    {
      name: 'std; rep outsb',
      code: 'fd f36e f4',
      pointer: 0x20002n,
      moved: 3,
      left: 2n,
      fault: 0x1ffffn,
      after: 0x1ffffn,
    },
  ])(
    '$name: the fault is the guest’s, with the right address and count',
    ({ code, pointer, moved, left, fault, after }) => {
      const m = machine(64, code);
      const output = code.includes('6e');
      const seen = recordPorts(m, PATTERN);
      m.registers.rcx = 5n;
      m.registers[output ? 'rsi' : 'rdi'] = pointer;
      const stop = start(m);
      expect(seen).toMatchObject([{ count: moved }]);
      expect(stop).toMatchObject({
        reason: 'fault',
        fault: { kind: output ? 'read' : 'write', address: fault, pc: 0x10001n },
      });
      expect(m.registers.rcx).toBe(left);
      expect(m.registers[output ? 'rsi' : 'rdi']).toBe(after);
      m.close();
    },
  );

  it('goes on with the rest once the page is there', () => {
    const m = machine(64, 'fc f36c f4');
    m.registers.rcx = 5n;
    m.registers.rdi = 0x21ffdn;
    const seen = recordPorts(m, PATTERN);
    const stop = start(m);
    m.map(0x22000n, 0x1000, 'rw');
    expect(m.run(stop.pc).reason).toBe('halt');
    expect(seen.map(({ count }) => count)).toEqual([3, 2]);
    expect(toHex(m.read(0x21ffdn, 6))).toBe('a1a2a3a1a200');
    m.close();
  });

  it('a first element that cannot be touched reaches no device', () => {
    const m = machine(64, 'fc f36c f4');
    const seen = recordPorts(m, PATTERN);
    m.registers.rcx = 5n;
    m.registers.rdi = 0x40000n;
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'write', address: 0x40000n } });
    expect(seen).toEqual([]);
    expect(m.registers.rcx).toBe(5n);
    m.close();
  });

  it('a read-only page is a fault as an unmapped one is', () => {
    const m = machine(64, 'fc f36c f4');
    m.map(0x22000n, 0x1000, 'r');
    recordPorts(m, PATTERN);
    m.registers.rcx = 5n;
    m.registers.rdi = 0x21ffen;
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'write', address: 0x22000n } });
    expect(m.registers.rcx).toBe(3n);
    m.close();
  });
});

it('a device cannot move pointer and count', () => {
  for (const code of ['fc f36c f4', 'fc 6c f4']) {
    const m = machine(64, code);
    m.onPort = ({ registers }) => {
      registers.rdi = 0xdeadn;
      registers.rcx = 0xbeefn;
      registers.rbx = 7n;
    };
    m.registers.rdi = 0x20000n;
    m.registers.rcx = 3n;
    start(m);
    const moved = code.includes('f36c') ? 3n : 1n;
    expect([m.registers.rdi, m.registers.rcx, m.registers.rbx]).toEqual([0x20000n + moved, moved === 3n ? 0n : 3n, 7n]);
    m.close();
  }
});

describe('a receive that the device refuses', () => {
  it.each([
    { name: 'rep insb', code: 'fc f36c f4', bits: 64 as const },
    { name: 'rep insl', code: 'fc f36d f4', bits: 32 as const },
    { name: 'insw', code: '666d f4', bits: 32 as const },
  ])('$name leaves the guest’s buffer alone, its first element too', ({ code, bits }) => {
    const m = machine(bits, code);
    recordPorts(m, null);
    m.write(0x20000n, hex('1122334455667788'));
    m.registers.rcx = 2n;
    m.registers.rdi = 0x20000n;
    start(m);
    expect(toHex(m.read(0x20000n, 8))).toBe('1122334455667788');
    m.close();
  });
});
