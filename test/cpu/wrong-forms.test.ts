import { describe, expect, test } from 'vitest';
import type { Bits } from '../../src/cpu/index.ts';
import { CODE, DATA, hex, machine, start } from '../support/machine.ts';

const ARITHMETIC = 0x8d5n;
const MODES = [16, 32, 64] as const;

const dataOf = (bits: Bits): bigint => (bits === 16 ? 0x8000n : DATA);

/** Runs it with its operand at the data's start, and what CX and the flags are. */
function run(
  bits: Bits,
  code: string,
  value: bigint,
  { rax = 0n, rcx = 0n, rdx = 0n, rflags = 2n } = {},
): { value: bigint; flags: bigint; end: string } {
  const m = machine(bits, `${code} f4`);
  const place = dataOf(bits);
  m.writeUint(place, 8, value);
  Object.assign(m.registers, { rax, rbx: place, rdi: place, rcx, rdx, rflags });
  const stop = start(m);
  const end = stop.reason === 'fault' ? stop.fault.message : stop.reason;
  const result = { value: m.readUint(place, 8), flags: m.registers.rflags & ARITHMETIC, end };
  m.close();
  return result;
}

/** What a test of a form is called with: its name, the form, and another one for comparison or a part of it. */
type Row = readonly [name: string, code: string, other: string];

const VALUES = [0n, 1n, 0x80n, 0x7fn, 0x8000n, 0x8000_0000n, 0x8000_0000_0000_0000n, 0x1234_5678_9abc_deffn];

describe.each(MODES)('%i bit', (bits) => {
  // neg (%bx) or (%edi)
  const operand = '1f';

  test.each<Row>([
    ['8', 'f0', 'f6'],
    ['16 or 32', 'f0', 'f7'],
    ['32 or 16', 'f066', 'f7'],
    ['the same, LOCK last', '66f0', 'f7'],
    ['LOCK twice', 'f0f0', 'f7'],
    ['behind a segment', '3ef0', 'f7'],
    ['behind REP', 'f3f0', 'f6'],
    ...(bits === 64 ? ([['64', 'f048', 'f7']] as const) : []),
  ])('lock neg has the flags of neg: %s', (_name, prefixes, opcode) => {
    for (const value of VALUES) {
      const locked = run(bits, `${prefixes}${opcode}${operand}`, value);
      const plain = run(bits, `${prefixes.replaceAll('f0', '')}${opcode}${operand}`, value);
      expect(locked).toEqual(plain);
      expect(locked.end).toBe('halt');
    }
  });

  test.each<Row>([
    ['8 bits of a register', 'f6 c8 81', 'f6 c0 81'],
    ['of memory', 'f6 0f 81', 'f6 07 81'],
    [
      '16 or 32 bits of a register',
      bits === 16 ? 'f7 c8 8180' : 'f7 c8 81000080',
      bits === 16 ? 'a9 8180' : 'a9 81000080',
    ],
    ['of memory', bits === 16 ? 'f7 0f 8180' : 'f7 0f 81000080', bits === 16 ? 'f7 07 8180' : 'f7 07 81000080'],
    ...(bits === 64
      ? ([
          ['64 bits', '48f7 c8 81000080', '48f7 c0 81000080'],
          ['of memory relative to RIP', 'f6 0df9ff0000 81', 'f6 05f9ff0000 81'],
        ] as const)
      : []),
  ])('test in its alias encoding is test: %s', (_name, alias, code) => {
    for (const value of VALUES) {
      const found = run(bits, alias, value, { rax: value });
      expect(found).toEqual(run(bits, code, value, { rax: value }));
      expect(found.end).toBe('halt');
    }
    expect(run(bits, `f0 ${alias.startsWith('f6 0') ? alias : 'f60f81'}`, 0n).end).toMatch(/#UD/);
  });

  /** Instructions that leave flags in each way that the engine has to keep them until they are asked for. */
  const SETTERS = [
    ['add', '04 7f'],
    ['sub', '2c 01'],
    ['cmp', '3c 90'],
    ['and', '24 80'],
    ['shl', 'd0e0'],
    ['sar', 'd0f8'],
    ['inc', 'fec0'],
    ['dec', 'fec8'],
    ['neg', 'f6d8'],
    ['imul', 'f6e8'],
    ['bt', '0fbae000'],
    ['adc', '14 81'],
    ['popf', '9d'],
    ['nothing', '90'],
  ] as const;

  const EXCHANGES = [
    ['cmpxchg8b', '0fc70f'],
    ['lock cmpxchg8b', 'f00fc70f'],
    ...(bits === 64
      ? ([
          ['cmpxchg16b', '480fc70f'],
          ['lock cmpxchg16b', 'f0480fc70f'],
        ] as const)
      : []),
  ] as const;

  test.each(EXCHANGES.flatMap((exchange) => SETTERS.map((setter) => [...exchange, ...setter] as const)))(
    '%s (%s) changes ZF alone, behind %s',
    (_name, code, _setter, setter) => {
      for (const rflags of [2n, 3n, 0x8d7n]) {
        for (const rax of [0x80n, 0x7fn, 0xffn]) {
          for (const equal of [true, false]) {
            const registers = { rax, rflags };
            const before = run(bits, setter, 0n, registers);
            // What AX is after the setter is not known here: the operand is stored from it, or its complement.
            const take = bits === 64 ? '4889 07' : bits === 32 ? '8907' : '668907';
            const other = bits === 64 ? '48f7 17' : bits === 32 ? 'f717' : '66f717';
            const found = run(bits, `${setter} ${take} ${equal ? '' : other} ${code}`, 0n, registers);
            expect(found.flags & ~0x40n).toBe(before.flags & ~0x40n);
            expect([found.end, (found.flags & 0x40n) !== 0n]).toEqual(['halt', equal]);
          }
        }
      }
    },
  );
});

describe('64 bit', () => {
  test.each([
    ['shld of 16 bits', '660fa4 05 OFFSET 05', 9],
    ['shld of 32 bits', '0fa4 05 OFFSET 05', 8],
    ['shld of 64 bits', '480fa4 05 OFFSET 05', 9],
    ['shrd of 16 bits', '660fac 05 OFFSET 05', 9],
    ['shrd of 32 bits', '0fac 05 OFFSET 05', 8],
    ['shrd of 64 bits', '480fac 05 OFFSET 05', 9],
    ['shld of 64 bits, another register', '4c0fa4 05 OFFSET 05', 9],
    ['shld of 32 bits, relative to EIP', '670fa4 05 OFFSET 05', 9],
    ['shrd by cl, which has no immediate', '480fad 05 OFFSET', 8],
  ])('%s, of memory relative to RIP', (_name, template, length) => {
    const offset = Buffer.alloc(4);
    offset.writeUInt32LE(Number(DATA - CODE) - length);
    const code = template.replace('OFFSET', offset.toString('hex'));
    expect(hex(code).length).toBe(length);
    const absolute = template.replace(/ 05 OFFSET/, ' 07');
    for (const value of VALUES) {
      const registers = { rax: 0xfedc_ba98_7654_3210n, rcx: 5n };
      const found = run(64, code, value, registers);
      expect(found).toEqual(run(64, absolute, value, registers));
      expect(found.end).toBe('halt');
    }
  });

  test('cmpxchg16b of memory that is not aligned faults at its place', () => {
    const m = machine(64, '2c01 480fc70f f4');
    m.registers.rdi = DATA + 8n;
    expect(start(m)).toMatchObject({ reason: 'fault', pc: CODE + 2n, fault: { vector: 13 } });
    m.close();
  });
});
