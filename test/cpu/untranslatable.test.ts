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
    // The machine runs no more, but it can still be read and closed.
    expect(machine.run(0x1000n)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode' } });
    expect(machine.read(0x1000n, 2)).toEqual(Uint8Array.of(0x90, 0x90));
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
