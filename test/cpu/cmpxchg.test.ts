import { describe, expect, it } from 'vitest';
import { DATA, machine, start } from '../support/machine.ts';

const A = 0xaaaaaaaa00000005n;
const SOURCE = 0xcccccccc00000007n;

/** What a processor makes of CMPXCHG of 32 bits: the upper half of the register that is not written stays. */
describe('cmpxchg of 32 bits', () => {
  it.each([
    ['equal', 0xbbbbbbbb00000005n, A, 7n],
    ['not equal', 0xbbbbbbbb00000006n, 6n, 0xbbbbbbbb00000006n],
  ])('with a register, %s', (_, destination, rax, rbx) => {
    const m = machine(64, '0fb1cb f4');
    [m.registers.rax, m.registers.rbx, m.registers.rcx] = [A, destination, SOURCE];
    start(m);
    expect([m.registers.rax, m.registers.rbx]).toEqual([rax, rbx]);
    m.close();
  });

  it.each([
    ['equal', '', 5n, A, 7n],
    ['not equal', '', 6n, 6n, 6n],
    ['equal, LOCK', 'f0', 5n, A, 7n],
    ['not equal, LOCK', 'f0', 6n, 6n, 6n],
  ])('with memory, %s', (_, prefix, destination, rax, stored) => {
    const m = machine(64, `${prefix}0fb10f f4`);
    [m.registers.rax, m.registers.rdi, m.registers.rcx] = [A, DATA, SOURCE];
    m.writeUint(DATA, 8, 0xbbbbbbbb00000000n | destination);
    start(m);
    expect([m.registers.rax, m.readUint(DATA, 8)]).toEqual([rax, 0xbbbbbbbb00000000n | stored]);
    m.close();
  });

  it('with EAX itself, and with 8, 16 and 64 bits as ever', () => {
    for (const [code, rax] of [
      ['0fb1c8', 7n],
      ['0fb0c8', 0xaaaaaaaa00000007n],
      ['660fb1c8', 0xaaaaaaaa00000007n],
      ['480fb1c8', SOURCE],
    ] as const) {
      const m = machine(64, `${code} f4`);
      [m.registers.rax, m.registers.rcx] = [A, SOURCE];
      start(m);
      expect([code, m.registers.rax]).toEqual([code, rax]);
      m.close();
    }
  });
});
