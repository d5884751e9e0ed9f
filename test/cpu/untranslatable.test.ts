import { afterEach, describe, expect, test } from 'vitest';
import { type Bits, Machine } from '../../src/cpu/index.ts';

let open: Machine[] = [];

afterEach(() => {
  for (const machine of open) machine.close();
  open = [];
});

function load(bits: Bits, code: readonly number[]): Machine {
  const machine = new Machine({ bits });
  open.push(machine);
  machine.map(0x1000n, 4096, 'rwx');
  machine.write(0x1000n, Uint8Array.from([...code, 0xf4]));
  return machine;
}

/** No processor has them, and Unicorn 2.0.1 aborts where it comes to translate them. */
const CODES: readonly (readonly [name: string, code: readonly number[]])[] = [
  ['a far call through a register', [0xff, 0xd8]],
  ['a far jump through a register', [0xff, 0xef]],
  ['with a prefix', [0x66, 0xff, 0xdf]],
  ['LOCK before CMP', [0xf0, 0x39, 0x07]],
  ['LOCK before CMPS', [0xf0, 0xa6]],
];

describe.each([16, 32, 64] as const)('%i bit', (bits) => {
  test.each(CODES)('%s is an invalid opcode', (_name, code) => {
    const machine = load(bits, [0x90, 0x90, ...code]);
    expect(machine.run(0x1000n)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode', pc: 0x1002n } });
    // And again: it is not run by a second attempt.
    expect(machine.run(0x1000n)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode', pc: 0x1002n } });
    expect(machine.read(0x1000n, 2)).toEqual(Uint8Array.of(0x90, 0x90));
  });

  test.each(CODES)('%s: the machine goes on after it, with the registers and the memory that it had', (_name, code) => {
    // mov $0x42,%bl; mov %bl,0x10f0 (16 bit: by disp16, 64 bit: by SIB); then what the engine aborts at
    const store =
      bits === 16 ? [0x1e, 0xf0, 0x10] : bits === 32 ? [0x1d, 0xf0, 0x10, 0, 0] : [0x1c, 0x25, 0xf0, 0x10, 0, 0];
    const machine = load(bits, [0xb3, 0x42, 0x88, ...store, 0xeb, 0x00, ...code]);
    machine.write(0x1100n, Uint8Array.of(0x88, 0xdf, 0xf4));
    for (let run = 0; run < 3; run++) {
      expect(machine.run(0x1000n)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode' } });
      expect([machine.registers.ebx & 0xff, machine.readUint(0x10f0n, 1)]).toEqual([0x42, 0x42n]);
      // mov %bl,%bh; hlt
      expect(machine.run(0x1100n).reason).toBe('halt');
      expect(machine.registers.ebx & 0xffff).toBe(0x4242);
    }
  });

  test('a snapshot of before is gone back to, and one of after', () => {
    const machine = load(bits, [0x90]);
    machine.write(0x1100n, Uint8Array.of(0xff, 0xd8));
    machine.registers.ebx = 1;
    const before = machine.snapshot();
    expect(machine.run(0x1100n).reason).toBe('fault');
    machine.registers.ebx = 2;
    machine.map(0x10000n, 4096);
    const after = machine.snapshot();
    for (const [snapshot, ebx, mapped] of [
      [before, 1, false] as const,
      [after, 2, true] as const,
      [before, 1, false] as const,
    ]) {
      machine.restore(snapshot);
      expect([machine.registers.ebx, machine.isMapped(0x10000n, 1)]).toEqual([ebx, mapped]);
      expect(machine.run(0x1000n).reason).toBe('halt');
      expect(machine.run(0x1100n).reason).toBe('fault');
    }
  });

  test('what the engine was told before, the fresh one knows: ports, traps, segments, the memory checker', () => {
    // rdtsc; in (%dx),%al; hlt
    const machine = load(bits, [0x0f, 0x31, 0xec]);
    machine.write(0x1100n, Uint8Array.of(0xf0, 0xa6));
    // mov %fs:0,%eax; hlt
    const address =
      bits === 16
        ? [0x66, 0x64, 0xa1, 0, 0]
        : bits === 32
          ? [0x64, 0xa1, 0, 0, 0, 0]
          : [0x64, 0x8b, 0x04, 0x25, 0, 0, 0, 0];
    machine.write(0x1200n, Uint8Array.from([...address, 0xf4]));
    // mov 0x3000,%al; hlt
    const load8 =
      bits === 64 ? [0x8a, 0x04, 0x25, 0, 0x30, 0, 0] : bits === 32 ? [0xa0, 0, 0x30, 0, 0] : [0xa0, 0, 0x30];
    machine.write(0x1300n, Uint8Array.from([...load8, 0xf4]));
    machine.map(0x2000n, 4096);
    machine.writeUint(0x2000n, 4, 0x12345678n);
    machine.map(0x3000n, 4096, 'rw', 'bytes');
    if (bits !== 16) machine.setSegmentBase('fs', 0x2000n);
    let ports = 0;
    machine.onPort = (access) => {
      ports++;
      access.registers.eax = 0x77;
    };
    for (let round = 0; round < 2; round++) {
      machine.now = 1_000_000;
      expect(machine.run(0x1000n).reason).toBe('halt');
      // Virtual time, not the clock's: 3 GHz and a block or two.
      expect([ports, machine.registers.eax & 0xff, machine.registers.edx]).toEqual([round + 1, 0x77, 0]);
      if (bits !== 16) {
        expect(machine.run(0x1200n).reason).toBe('halt');
        expect(machine.registers.eax).toBe(0x12345678);
      }
      expect(machine.run(0x1300n)).toMatchObject({ reason: 'fault', fault: { kind: 'readPoison', address: 0x3000n } });
      expect(machine.run(0x1100n)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode' } });
    }
  });

  test('the same bytes inside other instructions do no harm', () => {
    // mov $0xd8ff,%ax; hlt
    const machine = load(bits, bits === 16 ? [0xb8, 0xff, 0xd8] : [0x66, 0xb8, 0xff, 0xd8]);
    expect(machine.run(0x1000n).reason).toBe('halt');
    expect(machine.registers.eax & 0xffff).toBe(0xd8ff);
  });

  test('other machines go on', () => {
    const other = load(bits, [0x90]);
    expect(load(bits, [0xff, 0xd8]).run(0x1000n).reason).toBe('fault');
    expect(other.run(0x1000n).reason).toBe('halt');
  });
});
