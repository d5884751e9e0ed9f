import { describe, expect, it } from 'vitest';
import { type Bits, Machine, SERVICE_WORK } from '../../src/cpu/index.ts';
import { CODE, DATA, hex, machine, start } from '../support/machine.ts';

const BITS: readonly Bits[] = [16, 32, 64];
const base = (bits: Bits): bigint => (bits === 16 ? 0x1000n : CODE);

/** A machine that is watched, whose every access asks to be preempted and reads 0x1234. */
function watched(bits: Bits, code: string): Machine {
  const m = machine(bits, code);
  m.onPort = (access) => {
    if (access.direction === 'in' && !access.string) m.registers.eax = 0x1234;
    m.preempt();
  };
  return m;
}

describe.each(BITS)('preempt, %i bits', (bits) => {
  it.each([
    ['in dx, in the middle of a block', '90 ed 90 90 f4', 2],
    ['in imm8', 'e5 10 90 f4', 2],
    ['out dx', 'ef 90 f4', 1],
    ['out imm8', 'e6 10 90 f4', 2],
    ['the last instruction before a jump', 'ed eb 00 f4', 1],
    ['before the end', '90 90 ed f4', 3],
    ['insb', '6c 90 f4', 1],
    ['rep insb', 'f3 6c 90 f4', 2],
    ['rep outsb', 'f3 6e 90 f4', 2],
  ])('stops behind %s, the first time it is run and the second', (_, code, behind) => {
    const m = watched(bits, code);
    for (let time = 0; time < 2; time++) {
      m.registers.rsi = m.registers.rdi = bits === 16 ? 0x8000n : DATA;
      m.registers.rcx = 5n;
      const stop = start(m);
      expect(stop).toEqual({ reason: 'preempted', pc: base(bits) + BigInt(behind) });
      expect(m.registers.rip).toBe(stop.pc);
      expect(m.run(stop.pc).reason).toBe('halt');
    }
    m.close();
  });

  it('stops behind each of several accesses of one block, with the registers as they are there', () => {
    const m = watched(bits, 'ed 43 ed 43 ef 43 f4');
    m.registers.rbx = 0n;
    const seen: [bigint, number, number][] = [];
    let stop = start(m);
    for (; stop.reason === 'preempted'; stop = m.run(stop.pc)) {
      seen.push([stop.pc - base(bits), m.registers.eax, m.registers.ebx]);
    }
    const size = bits === 64 ? null : 1n;
    expect(stop.reason).toBe('halt');
    // 43 is inc ebx; in 64-bit mode it is a prefix of the instruction behind it.
    if (size !== null)
      expect(seen).toEqual([
        [1n, 0x1234, 0],
        [3n, 0x1234, 1],
        [5n, 0x1234, 2],
      ]);
    else expect(seen.map(([pc]) => pc)).toEqual([1n, 3n, 5n]);
    m.close();
  });

  it('stops where the code ran before anybody watched', () => {
    const m = machine(bits, '90 ed 90 f4');
    expect(start(m).reason).toBe('halt');
    m.onPort = () => m.preempt();
    expect(start(m)).toEqual({ reason: 'preempted', pc: base(bits) + 2n });
    m.close();
  });

  it('costs no virtual time and no budget', () => {
    const code = '90 ed 90 eb 00 ed ed f4';
    const [plain, looked] = [machine(bits, code), machine(bits, code)];
    expect(start(looked).reason).toBe(start(plain).reason);
    expect(looked.now).toBe(plain.now);
    looked.write(base(bits), hex('ed eb 00 f4'));
    const before = looked.now;
    expect(looked.run(base(bits), { blocks: 2 + SERVICE_WORK }).reason).toBe('halt');
    expect(looked.now - before).toBe(1002);
    plain.close();
    looked.close();
  });

  it('keeps the flags: a comparison before the access, a branch behind it, and other code in between', () => {
    // cmp al,al or cmp al,0x99; in; (elsewhere: the opposite comparison); je to a HLT.
    for (const [compare, other, taken] of [
      ['38c0', '3c99', true],
      ['3c99', '38c0', false],
    ] as const) {
      const m = watched(bits, `b000 ${compare} ed 7401 f4 90 f4`);
      m.write(base(bits) + 0x100n, hex(`${other} f4`));
      const stop = start(m);
      expect(stop).toEqual({ reason: 'preempted', pc: base(bits) + 5n });
      const context = m.saveContext();
      expect(m.run(base(bits) + 0x100n).reason).toBe('halt');
      m.registers.rsp = 0n;
      m.restoreContext(context);
      expect(m.run(stop.pc)).toEqual({ reason: 'halt', pc: base(bits) + (taken ? 9n : 7n) });
      m.close();
    }
  });

  it('forgets a request when the instruction does not end', () => {
    const m = watched(bits, 'f3 6c 90 f4');
    const end = bits === 16 ? 0xa000n : DATA + 0x2000n;
    m.registers.rdi = end - 2n;
    m.registers.rcx = 5n;
    m.onPort = (access) => {
      access.data = new Uint8Array(access.count);
      m.preempt();
    };
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'write', address: end } });
    m.onPort = null;
    m.registers.rdi = end - 5n;
    m.registers.rcx = 5n;
    expect(start(m).reason).toBe('halt');
    m.close();
  });

  it('tells whether interrupts are let in, inside the callback too', () => {
    const m = machine(bits, 'fa ed fb ed f4');
    m.registers.rflags = 0x202n;
    const seen: boolean[] = [];
    m.onPort = () => {
      seen.push(m.interruptible);
    };
    expect(start(m).reason).toBe('halt');
    expect(seen).toEqual([false, true]);
    m.close();
  });
});

describe('preempt', () => {
  it('comes behind a hypercall as behind an access', () => {
    const m = machine(64, '90 0f01c1 90 f4');
    m.onVmcall = () => {
      m.preempt();
      return 'done';
    };
    const stop = start(m);
    expect(stop).toEqual({ reason: 'preempted', pc: CODE + 4n });
    expect(m.run(stop.pc).reason).toBe('halt');
    m.close();
  });

  it('finds accesses in code that was written later', () => {
    const m = watched(64, '90 90 90 90 f4');
    expect(start(m).reason).toBe('halt');
    m.write(CODE + 2n, hex('ed'));
    expect(start(m)).toEqual({ reason: 'preempted', pc: CODE + 3n });
    m.close();
  });

  it('stops in a long loop at each access', () => {
    // 1: in; dec ecx; jnz 1; hlt
    const m = watched(64, 'ed ffc9 75fb f4');
    m.registers.rcx = 100n;
    let stops = 0;
    let stop = start(m);
    for (; stop.reason === 'preempted'; stop = m.run(stop.pc)) stops++;
    expect([stops, stop.reason, m.registers.ecx]).toEqual([100, 'halt', 0]);
    m.close();
  });
});

describe('the guarded return addresses of a call that waits', () => {
  const STACK = 0x40000n;
  const HLT = CODE + 0x800n;

  /** A function that asks for a port, and behind it at 0x100 one that another call runs in between. */
  function twoCalls(first: string, second: string): Machine {
    const m = new Machine({ bits: 64 });
    m.map(CODE, 0x1000, 'rx');
    m.map(STACK, 0x2000, 'rw', 'returns');
    m.write(CODE, hex(first));
    m.write(CODE + 0x100n, hex(second));
    m.write(HLT, hex('f4'));
    m.onPort = () => m.preempt();
    enter(m, STACK + 0x1f00n);
    return m;
  }

  function enter(m: Machine, rsp: bigint): void {
    m.registers.rsp = rsp;
    m.writeUint(rsp, 8, HLT);
  }

  function between(m: Machine): ReturnType<Machine['run']>[] {
    const stop = m.run(CODE);
    expect(stop.reason).toBe('preempted');
    const context = m.saveContext();
    enter(m, STACK + 0xf00n);
    const inner = m.run(CODE + 0x100n);
    m.restoreContext(context);
    return [inner, m.run(stop.pc)];
  }

  it('are still guarded when it goes on', () => {
    const m = twoCalls('90 ed 50 48c744240800000000 c3', '90 c3');
    const [inner, outer] = between(m);
    expect(inner).toEqual({ reason: 'halt', pc: HLT });
    expect(outer).toMatchObject({ reason: 'fault', fault: { kind: 'writeReturnAddress', pc: CODE + 3n } });
    m.close();
  });

  it('are guarded against the other call, and so is its own', () => {
    for (const [store, slot] of [
      ['50 48c7442408 00000000', STACK + 0xf00n],
      ['48c78424 00100000 00000000', STACK + 0x1f00n],
    ] as const) {
      const m = twoCalls('ed 90 c3', `90 ${store} c3`);
      const [inner] = between(m);
      expect(inner).toMatchObject({ reason: 'fault', fault: { kind: 'writeReturnAddress', address: slot } });
      m.close();
    }
  });

  it('are not mixed up with what the other call left', () => {
    const m = twoCalls('ed e8fa000000 e8f5000000 c3', '50 58 c3');
    const [inner, outer] = between(m);
    expect([inner?.reason, outer]).toEqual(['halt', { reason: 'halt', pc: HLT }]);
    m.close();
  });
});
