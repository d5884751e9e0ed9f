import { afterEach, describe, expect, test } from 'vitest';
import { Machine, type Stop } from '../../src/cpu/index.ts';
import { CODE, hex } from '../support/machine.ts';

const STACK = 0x40000n;
const HLT = CODE + 0x800n;
const PROCESS = STACK + 0x1f00n;
const INTERRUPT = STACK + 0xf00n;

let open: Machine[] = [];

afterEach(() => {
  for (const machine of open) machine.close();
  open = [];
});

/** Functions at {@link CODE}, and at every 0x100 behind it; ports end the run. */
function load(bits: 32 | 64, ...functions: readonly string[]): Machine {
  const machine = new Machine({ bits });
  open.push(machine);
  machine.map(CODE, 0x1000, 'rx');
  machine.map(STACK, 0x2000, 'rw', 'returns');
  for (const [index, code] of functions.entries()) machine.write(CODE + BigInt(index * 0x100), hex(code));
  machine.write(HLT, hex('f4'));
  machine.onPort = () => machine.preempt();
  return machine;
}

function call(machine: Machine, rsp: bigint, target: bigint): Stop {
  machine.registers.rsp = rsp;
  machine.writeUint(rsp, machine.bits === 64 ? 8 : 4, HLT);
  return machine.run(target);
}

const guarded = (address: bigint): object => ({
  reason: 'fault',
  fault: { kind: 'writeReturnAddress', address },
});

/** mov $0, at that address */
const store = (address: bigint): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Number(address));
  return `48c70425 ${bytes.toString('hex')} 00000000`;
};

describe('guarded return addresses are part of a snapshot', () => {
  test.each([32, 64] as const)('%i bit: of one in the middle of a call', (bits) => {
    const word = BigInt(bits / 8);
    // call 1f; ret; 1: in (%dx),%eax; push %eax; jmp 2f; 2: movl $0,8(%esp) or 16(%esp), 4 or 8 in 32 bit; ret
    for (const slot of [PROCESS - word, PROCESS]) {
      const displacement = Buffer.of(Number(slot - PROCESS + 2n * word)).toString('hex');
      const machine = load(bits, `e801000000 c3 ed 50 eb00 c74424${displacement}00000000 c3`);
      const stop = call(machine, PROCESS, CODE);
      expect(stop).toEqual({ reason: 'preempted', pc: CODE + 7n });
      const middle = machine.snapshot();
      for (let round = 0; round < 3; round++) {
        expect(machine.run(stop.pc)).toMatchObject(guarded(slot));
        // Another call leaves others, or none.
        expect(call(machine, INTERRUPT, HLT)).toEqual({ reason: 'halt', pc: HLT });
        machine.restore(middle);
      }
    }
  });

  test('of one before any call: none is left from later', () => {
    const machine = load(64, 'ed c3', `${store(PROCESS)} f4`);
    machine.registers.rsp = PROCESS;
    const before = machine.snapshot();
    expect(call(machine, PROCESS, CODE).reason).toBe('preempted');
    machine.restore(before);
    expect(machine.returnSlotIn(STACK, 0x2000)).toBe(null);
    expect(machine.run(CODE + 0x100n).reason).toBe('halt');
  });

  test('those who write on the guest’s behalf can ask for them', () => {
    const machine = load(64, 'ed c3');
    call(machine, PROCESS, CODE);
    const middle = machine.snapshot();
    machine.restore(middle);
    expect([machine.returnSlotIn(PROCESS, 8), machine.returnSlotIn(STACK, 0x1f00)]).toEqual([PROCESS, null]);
  });
});

/** Two calls that take turns, each behind a port access. */
describe('guarded return addresses of a call that waits, and of the one that runs meanwhile', () => {
  // The process: in; call 1f; in; ret; 1: in; ret. The interrupt: call 1f; ret; 1: in; push; STORE; pop; ret
  const PROCESS_CODE = 'ed e802000000 ed c3 ed c3';
  const deeper = PROCESS - 8n;

  function takeTurns(last: string): { machine: Machine; finish: () => Stop } {
    const machine = load(64, PROCESS_CODE, `e801000000 c3 ed 50 ${last} 58 c3`);
    let process = call(machine, PROCESS, CODE);
    process = machine.run(process.pc);
    expect(process.pc).toBe(CODE + 9n);
    const waits = machine.saveContext();
    const interrupt = call(machine, INTERRUPT, CODE + 0x100n);
    const sleeps = machine.saveContext();
    machine.restoreContext(waits);
    // It returns from where it was when the interrupt came.
    process = machine.run(process.pc);
    expect(process.pc).toBe(CODE + 7n);
    return {
      machine,
      finish: () => {
        machine.restoreContext(sleeps);
        return machine.run(interrupt.pc);
      },
    };
  }

  test.each([
    ['its own', INTERRUPT - 8n],
    ['its outermost', INTERRUPT],
    ['one of the call that waits', PROCESS],
  ])('a store over %s is a finding', (_name, slot) => {
    expect(takeTurns(store(slot)).finish()).toMatchObject(guarded(slot));
  });

  test('where the call that waits has returned from is free again', () => {
    expect(takeTurns(store(deeper)).finish()).toEqual({ reason: 'halt', pc: HLT });
  });

  test('while the interrupt sleeps, the process guards its own', () => {
    const { machine } = takeTurns('90');
    expect([machine.returnSlotIn(PROCESS, 8), machine.returnSlotIn(deeper, 8)]).toEqual([PROCESS, null]);
  });
});
