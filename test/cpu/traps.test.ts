import { describe, expect, it } from 'vitest';
import type { Bits } from '../../src/cpu/index.ts';
import { CODE, DATA, hex, machine, start } from '../support/machine.ts';

const BITS: readonly Bits[] = [16, 32, 64];
const base = (bits: Bits): bigint => (bits === 16 ? 0x1000n : CODE);

describe.each(BITS)('traps, %i bits', (bits) => {
  it('stop before the instruction, and let it run when the guest goes on from there', () => {
    // inc ebx three times by its two-byte form
    const m = machine(bits, 'ffc3 ffc3 ffc3 f4');
    m.setTrap(base(bits) + 2n);
    for (let round = 0; round < 2; round++) {
      m.registers.ebx = 0;
      const stop = start(m);
      expect([stop, m.registers.ebx & 0xffff]).toEqual([{ reason: 'trap', pc: base(bits) + 2n }, 1]);
      expect([m.run(stop.pc).reason, m.registers.ebx & 0xffff]).toEqual(['halt', 3]);
    }
    m.close();
  });

  it('can be set where code ran before, and be taken back', () => {
    const m = machine(bits, 'ffc3 ffc3 f4');
    expect(start(m).reason).toBe('halt');
    m.setTrap(base(bits) + 2n);
    expect(start(m)).toEqual({ reason: 'trap', pc: base(bits) + 2n });
    m.clearTrap(base(bits) + 2n);
    expect(start(m).reason).toBe('halt');
    m.close();
  });

  it('in a loop stop each time round, at the first instruction of the run from the second time on', () => {
    // inc ebx; dec ecx; jnz
    const m = machine(bits, 'ffc3 ffc9 75fa f4');
    m.registers.ecx = 3;
    m.setTrap(base(bits));
    const stops = [];
    for (let stop = start(m); ; stop = m.run(stop.pc)) {
      stops.push([stop.reason, m.registers.ebx & 0xffff]);
      if (stop.reason !== 'trap') break;
    }
    expect(stops).toEqual([
      ['trap', 1],
      ['trap', 2],
      ['halt', 3],
    ]);
    m.close();
  });

  it('at what is no start of an instruction do nothing', () => {
    const m = machine(bits, 'b80f310000 f4'.replace('0000', bits === 16 ? '' : '0000'));
    m.setTrap(base(bits) + 1n);
    expect(start(m).reason).toBe('halt');
    m.close();
  });

  it('are kept when the engine breaks and another takes its place', () => {
    const m = machine(bits, '90 ffd8 f4');
    m.write(base(bits) + 0x100n, hex('90 90 f4'));
    m.setTrap(base(bits) + 0x101n);
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode', pc: base(bits) + 1n } });
    expect(m.run(base(bits) + 0x100n)).toEqual({ reason: 'trap', pc: base(bits) + 0x101n });
    m.close();
  });

  it('a step is one instruction: a move, a jump, a port access, a HLT', () => {
    const m = machine(bits, '90 eb01 f4 ec f4');
    let served = 0;
    m.onPort = () => {
      served++;
    };
    const at = (offset: number): bigint => base(bits) + BigInt(offset);
    expect(m.step(at(0))).toEqual({ reason: 'trap', pc: at(1) });
    expect(m.step(at(1))).toEqual({ reason: 'trap', pc: at(4) });
    expect([m.step(at(4)), served]).toEqual([{ reason: 'trap', pc: at(5) }, 1]);
    expect(m.step(at(5))).toEqual({ reason: 'halt', pc: at(5) });
    expect(m.registers.rflags & 0x100n).toBe(0n);
    m.close();
  });

  it('a step into a trap runs it, and a step from where a fault is tells the fault', () => {
    const m = machine(bits, '90 0f0b f4');
    m.setTrap(base(bits));
    expect(m.step(base(bits))).toEqual({ reason: 'trap', pc: base(bits) + 1n });
    expect(m.step(base(bits) + 1n)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode' } });
    m.close();
  });
});

describe('a step', () => {
  it('over a hypercall serves it', () => {
    const m = machine(64, '0f01c1 90 f4');
    m.onVmcall = () => 'done';
    expect(m.step(CODE)).toEqual({ reason: 'trap', pc: CODE + 3n });
    m.close();
  });

  it('leaves a guest that set the trap flag itself as it was', () => {
    // pushfq; orl $0x100,(%rsp); popfq; nop
    const m = machine(64, '9c 810c2400010000 9d 90 f4');
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { vector: 1 } });
    m.close();
  });

  it('by step gives what a run gives', () => {
    const code = 'b903000000 01c8 8907 83c704 ffc9 75f5 f4';
    const [whole, parts] = [machine(64, code), machine(64, code)];
    whole.registers.rdi = parts.registers.rdi = DATA;
    start(whole);
    let stop = parts.step(CODE);
    for (let steps = 0; stop.reason === 'trap' && steps < 100; steps++) stop = parts.step(stop.pc);
    expect(stop.reason).toBe('halt');
    expect(parts.read(DATA, 16)).toEqual(whole.read(DATA, 16));
    expect(parts.registers.rax).toBe(whole.registers.rax);
    whole.close();
    parts.close();
  });
});

describe('stop()', () => {
  it('in a port callback ends the run behind that access, with its result', () => {
    const m = machine(64, 'ed ffc3 ed f4');
    m.onPort = () => {
      m.registers.eax = 0x77;
      m.stop();
    };
    const stop = start(m);
    expect([stop, m.registers.eax, m.registers.ebx]).toEqual([{ reason: 'stopped', pc: CODE + 1n }, 0x77, 0]);
    expect([m.run(stop.pc).reason, m.registers.ebx]).toEqual(['stopped', 1]);
    m.close();
  });

  it('in a hypercall ends it behind that', () => {
    const m = machine(64, '0f01c1 ffc3 f4');
    m.onVmcall = () => {
      m.stop();
      return 'done';
    };
    expect([start(m), m.registers.ebx]).toEqual([{ reason: 'stopped', pc: CODE + 3n }, 0]);
    m.close();
  });
});
