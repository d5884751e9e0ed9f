import { afterEach, describe, expect, test } from 'vitest';
import { Machine } from '../../src/cpu/index.ts';
import { hex } from '../support/machine.ts';

const START = 0x12340n;
const SELECTOR = 0x08n;
const BASE = 0x15000n;

let open: Machine[] = [];

afterEach(() => {
  for (const machine of open) machine.close();
  open = [];
});

/** 16-bit code at 1234:0000, and a descriptor table with a segment of 16-bit code at {@link BASE}. */
function real(code: string): Machine {
  const machine = new Machine({ bits: 16 });
  open.push(machine);
  machine.map(0x12000n, 0x8000, 'rwx');
  machine.write(START, hex(code));
  machine.writeSystem('cs', 0x1234n);
  machine.writeSystem('ds', 0x1234n);
  // lgdt 0x2000 of DS
  machine.writeUint(START + 0x2000n, 2, 15n);
  machine.writeUint(START + 0x2002n, 4, START + 0x2100n);
  machine.writeUint(START + 0x2108n, 8, 0x0000_9b00_0000_ffffn | (BASE << 16n));
  machine.registers.eax = 0x11;
  return machine;
}

/** lgdt 0x2000; mov %eax,%cr0, or lmsw %ax; jmp to the next instruction; nop; hlt */
const SWITCHES = [
  ['mov %eax,%cr0', '0f01160020 0f22c0 eb00 90 f4', 11n],
  ['lmsw %ax', '0f01160020 0f01f0 eb00 90 f4', 11n],
] as const;

describe('16-bit code that switches to protected mode', () => {
  test.each(SWITCHES)('%s: its places stay linear, run after run', (_name, code, hlt) => {
    const machine = real(code);
    const before = machine.snapshot();
    for (let round = 0; round < 3; round++) {
      expect(machine.run(START)).toEqual({ reason: 'halt', pc: START + hlt });
      expect(machine.run(START + 8n)).toEqual({ reason: 'halt', pc: START + hlt });
      if (round === 1) machine.restore(before);
    }
  });

  test.each(SWITCHES)('%s: it goes on behind a budget, a snapshot and a saved context', (_name, code, hlt) => {
    for (const blocks of [1, 2, 3]) {
      const machine = real(code);
      const stop = machine.run(START, { blocks });
      const [snapshot, context] = [machine.snapshot(), machine.saveContext()];
      const ends = [
        () => {},
        () => machine.restore(snapshot),
        () => machine.restoreContext(context),
        () => machine.restore(snapshot),
      ].map((goBack) => {
        goBack();
        const end = machine.run(stop.pc);
        return [end, machine.registers.rip];
      });
      for (const end of ends) expect(end).toEqual([{ reason: 'halt', pc: START + hlt }, START + hlt + 1n]);
    }
  });

  test('and on into a segment of its table', () => {
    // lgdt 0x2000; mov %eax,%cr0; ljmp $8,$0x10; there: nop; in (%dx),%al; div %cl; nop; hlt
    const machine = real('0f01160020 0f22c0 ea 1000 0800');
    const place = BASE + 0x10n;
    machine.write(place, hex('90 ec f6f1 90 f4'));
    const before = machine.snapshot();
    machine.registers.ecx = 0;
    const seen: bigint[] = [];
    machine.onPort = ({ pc }) => {
      seen.push(pc);
      machine.registers.eax = 0x40;
      machine.preempt();
    };
    for (let round = 0; round < 3; round++) {
      expect(machine.run(START)).toEqual({ reason: 'preempted', pc: place + 2n });
      expect(machine.readSystem('cs')).toBe(SELECTOR);
      const middle = machine.snapshot();
      machine.registers.ecx = 0;
      expect(machine.run(place + 2n)).toMatchObject({ fault: { kind: 'divide', pc: place + 2n } });
      machine.registers.ecx = 1;
      expect(machine.run(place + 2n)).toEqual({ reason: 'halt', pc: place + 5n });
      machine.restore(before);
      machine.restore(middle);
      machine.registers.ecx = 1;
      expect(machine.run(place + 2n)).toEqual({ reason: 'halt', pc: place + 5n });
      machine.restore(before);
    }
    expect(seen).toEqual([place + 1n, place + 1n, place + 1n]);
  });

  test('and back to real mode', () => {
    // mov %eax,%cr0; jmp; and $~1,%al; mov %eax,%cr0; jmp; nop; hlt
    const machine = real('0f22c0 eb00 24fe 0f22c0 eb00 90 f4');
    for (let round = 0; round < 3; round++) {
      machine.registers.eax = 0x11;
      expect(machine.run(START)).toEqual({ reason: 'halt', pc: START + 13n });
    }
  });
});
