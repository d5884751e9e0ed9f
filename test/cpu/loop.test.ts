import { describe, expect, it } from 'vitest';
import type { Bits } from '../../src/cpu/index.ts';
import { CODE, machine, start } from '../support/machine.ts';

const BITS: readonly Bits[] = [16, 32, 64];
const base = (bits: Bits): bigint => (bits === 16 ? 0x1000n : CODE);
const FLAGS = 0x8d5n;

/** Instructions that leave flags behind: 1 - 2, 1 - 1, carry set, carry clear. */
const FLAGGED = ['39d8', '39c0', 'f9', 'f8'] as const;

describe.each(BITS)('LOOP, %i bits', (bits) => {
  const run = (code: string, rcx: bigint): readonly [bigint, bigint, bigint] => {
    const m = machine(bits, code);
    [m.registers.rax, m.registers.rbx, m.registers.rcx, m.registers.rflags] = [1n, 2n, rcx, 2n];
    const { reason, pc } = start(m);
    expect(reason).toBe('halt');
    const result = [pc - base(bits), m.registers.rcx, m.registers.rflags & FLAGS] as const;
    m.close();
    return result;
  };

  it.each(FLAGGED)('keeps the flags, whether it jumps or not: %s', (flagged) => {
    const [, , flags] = run(`${flagged} f4`, 0n);
    const zero = (flags & 0x40n) !== 0n;
    const end = BigInt(flagged.length / 2 + 2);
    for (const [opcode, jumpsWhile] of [
      ['e0', !zero],
      ['e1', zero],
      ['e2', true],
    ] as const) {
      for (const count of [1n, 2n, 7n]) {
        const jumps = jumpsWhile && count > 1n;
        // Over a HLT to another.
        expect([opcode, ...run(`${flagged} ${opcode}01 f4 f4`, count)]).toEqual([
          opcode,
          end + (jumps ? 1n : 0n),
          count - 1n,
          flags,
        ]);
      }
    }
  });

  it('loops back, and ends', () => {
    // cmp: not equal; loopne to it
    expect(run('39d8 e0fc f4', 5n).slice(0, 2)).toEqual([4n, 0n]);
    expect(run('39c0 e1fc f4', 5n).slice(0, 2)).toEqual([4n, 0n]);
  });

  it('counts in the register that the address size says', () => {
    const other = { 16: 0x1_0000n, 32: 0xffff_0000n, 64: 0xffff_ffff_0000_0000n }[bits];
    const [, rcx] = run('39d8 67e0fb f4', other | 3n);
    // ECX in 16 bits and, cleared above, in 64; CX in 32.
    expect(rcx).toBe({ 16: null, 32: other, 64: 0n }[bits] ?? rcx);
  });
});

describe('LOOPNE', () => {
  it('uses up the budget of a guest that never ends', () => {
    const m = machine(64, '39d8 e0fc f4');
    [m.registers.rax, m.registers.rbx, m.registers.rcx] = [1n, 2n, 1n << 62n];
    expect(m.run(CODE, { blocks: 10_000 }).reason).toBe('budget');
    m.close();
  });

  it('is one step', () => {
    const m = machine(64, '39d8 e0fc f4');
    [m.registers.rax, m.registers.rbx, m.registers.rcx] = [1n, 2n, 2n];
    expect(m.step(CODE)).toEqual({ reason: 'trap', pc: CODE + 2n });
    expect(m.step(CODE + 2n)).toEqual({ reason: 'trap', pc: CODE });
    m.registers.rcx = 1n;
    expect(m.step(CODE + 2n)).toEqual({ reason: 'trap', pc: CODE + 4n });
    m.close();
  });
});

describe('what enters a kernel that is not there', () => {
  it.each([
    [32, '0f34', 'protection', 13],
    [64, '0f34', 'invalidOpcode', 6],
    [32, '0f05', 'invalidOpcode', 6],
    [64, '0f05', 'invalidOpcode', 6],
  ] as const)('is an exception at its place: %i bits, %s', (bits, code, kind, vector) => {
    const m = machine(bits, `90 90 ${code} 90 f4`);
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind, vector, pc: CODE + 2n } });
    m.close();
  });
});
