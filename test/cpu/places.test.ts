import { describe, expect, it } from 'vitest';
import type { Stop } from '../../src/cpu/index.ts';
import { CODE, DATA, machine, start } from '../support/machine.ts';

const NOWHERE = 0x30000n;
const HEAP = 0x40000n;
const READ_ONLY = 0x50000n;

/** Instructions that store to (%rdi), in the forms that the engine treats differently. */
const STORES: readonly (readonly [name: string, code: string])[] = [
  ['mov', '8907'],
  ['movups', '0f1107'],
  ['movss', 'f30f1107'],
  ['movq of SSE', '660fd607'],
  ['movntps', '0f2b07'],
  ['maskmovdqu', '660fefc9 660ff7c1'],
  ['fstp of 80 bits', 'db3f'],
  ['fstp of 64 bits', 'dd1f'],
  ['fist', 'db17'],
  ['fbstp', 'df37'],
  ['fnstenv', 'd937'],
  ['fnsave', 'dd37'],
  ['fxsave', '0fae07'],
  ['stmxcsr', '0fae1f'],
  ['fnstcw', 'd93f'],
  ['setc', '0f9207'],
  ['movbe', '0f38f107'],
  ['stosb', 'aa'],
  ['rep stosl', 'f3ab'],
  ['sgdt', '0f0107'],
];

/** Instructions that load from (%rdi) or (%rsi), which are equal. */
const LOADS: readonly (readonly [name: string, code: string])[] = [
  ['mov', '8b07'],
  ['movbe', '0f38f007'],
  ['movbe of 16 bits', '660f38f007'],
  ['movbe of 64 bits', '480f38f007'],
  ['popcnt', 'f30fb807'],
  ['lzcnt', 'f30fbd07'],
  ['adcx', '660f38f607'],
  ['shld by an immediate', '0fa40703'],
  ['test in its alias encoding', 'f60f81'],
  ['lock neg', 'f0f71f'],
  ['cmp', '3907'],
  ['push', 'ff37'],
  ['movups', '0f1007'],
  ['addps', '0f5807'],
  ['fld of 80 bits', 'db2f'],
  ['frstor', 'dd27'],
  ['fxrstor', '0fae0f'],
  ['bt', '0fa307'],
  ['bts', '0fab07'],
  ['lock bts', 'f00fab07'],
  ['xadd', '0fc107'],
  ['lock xadd', 'f00fc107'],
  ['cmpxchg', '0fb10f'],
  ['lock cmpxchg', 'f00fb10f'],
  ['cmpxchg8b', '0fc70f'],
  ['lock cmpxchg16b', 'f0480fc70f'],
  ['inc', 'ff07'],
  ['shl', 'd327'],
  ['div', 'f737'],
  ['xchg', '8707'],
  ['scasb', 'ae'],
  ['rep movsq', 'f348a5'],
  ['a call through memory', 'ff17'],
  ['lgdt', '0f0117'],
];

/** Runs it behind other instructions of its block, and before a port access, with its operand at `address`. */
function run(code: string, address: bigint): { readonly stop: Stop; readonly served: number; readonly place: bigint } {
  // The mask of maskmovdqu is made first: pcmpeqd is no store.
  const before = code.startsWith('660fef') ? '660f76c9' : '';
  const instruction = code.replace('660fefc9 ', '');
  const m = machine(64, `90 bb01000000 ${before} ${instruction} ed f4`);
  m.map(HEAP, 4096, 'rw', 'bytes');
  m.map(READ_ONLY, 4096, 'r');
  m.registers.rdi = m.registers.rsi = address;
  [m.registers.rax, m.registers.rcx, m.registers.rdx] = [1n, 2n, 0n];
  let served = 0;
  m.onPort = () => {
    served++;
  };
  const stop = start(m);
  m.close();
  return { stop, served, place: CODE + 6n + BigInt(before.length / 2) };
}

describe('what goes wrong in the middle of a block', () => {
  it.each(STORES)('is at the store itself, and nothing is served behind it: %s', (_, code) => {
    for (const [address, kind] of [
      [NOWHERE, 'write'],
      [HEAP, 'writePoison'],
      [READ_ONLY, 'write'],
    ] as const) {
      const { stop, served, place } = run(code, address);
      expect(stop).toMatchObject({ reason: 'fault', pc: place, fault: { kind, pc: place } });
      const at = 'fault' in stop ? (stop.fault.address ?? 0n) - address : -1n;
      expect(at >= 0n && at < 16n).toBe(true);
      expect(served).toBe(0);
    }
  });

  it.each(LOADS)('is at the load itself, and nothing is served behind it: %s', (_, code) => {
    for (const [address, kind] of [
      [NOWHERE, 'read'],
      [HEAP, 'readPoison'],
    ] as const) {
      const { stop, served, place } = run(code, address);
      expect(stop).toMatchObject({ reason: 'fault', fault: { kind, pc: place, address } });
      expect(served).toBe(0);
    }
  });

  it('is the first thing: registers are those before the instruction', () => {
    const m = machine(64, '43ffc3 41ffc4 8907 43ffc3 f4');
    m.registers.rdi = NOWHERE;
    expect(start(m)).toMatchObject({ fault: { kind: 'write', pc: CODE + 6n } });
    expect([m.registers.get('r11'), m.registers.get('r12'), m.registers.rip]).toEqual([1n, 1n, CODE + 6n]);
    m.close();
  });

  it('has no half of a store done: one over the end of what is mapped, or writable', () => {
    for (const neighbour of [null, 'r'] as const) {
      const m = machine(64, '488907 f4');
      const end = DATA + 0x2000n;
      if (neighbour !== null) m.map(end, 4096, neighbour);
      m.registers.rdi = end - 3n;
      m.registers.rax = 0x1122334455667788n;
      expect(start(m)).toMatchObject({ fault: { kind: 'write', pc: CODE, address: end } });
      expect(m.read(end - 3n, 3)).toEqual(Uint8Array.of(0, 0, 0));
      m.close();
    }
  });

  it('a store over the end of one writable range into the next is whole, and is seen in both', () => {
    const m = machine(64, '488907 f4');
    const end = DATA + 0x2000n;
    m.map(end, 4096, 'rw');
    const before = m.snapshot();
    m.registers.rdi = end - 3n;
    m.registers.rax = 0x1122334455667788n;
    expect(start(m).reason).toBe('halt');
    expect(m.readUint(end - 3n, 8)).toBe(0x1122334455667788n);
    m.restore(before);
    expect(m.readUint(end - 3n, 8)).toBe(0n);
    m.close();
  });

  it('is served no more behind stop(), though its block goes on', () => {
    const m = machine(64, 'ed ed 8907 f4');
    m.registers.rdi = DATA;
    m.registers.rax = 7n;
    let served = 0;
    m.onPort = () => {
      served++;
      m.stop();
    };
    expect(start(m)).toEqual({ reason: 'stopped', pc: CODE + 1n });
    expect([served, m.readUint(DATA, 4)]).toEqual([1, 0n]);
    m.close();
  });

  it('is the first of two: a page fault behind which the same block would divide by zero', () => {
    const m = machine(64, '31c9 dd37 f7f1 f4');
    m.registers.rdi = NOWHERE;
    expect(start(m)).toMatchObject({ fault: { kind: 'write', pc: CODE + 2n, address: NOWHERE } });
    m.close();
  });
});
