import { describe, expect, it } from 'vitest';
import type { Bits } from '../../src/cpu/index.ts';
import { CODE, machine, start } from '../support/machine.ts';

const BITS: readonly Bits[] = [16, 32, 64];

/** mov $value,%eax; mov %eax,%drN; mov %drN,%ebx; hlt */
const setAndGet = (bits: Bits, number: number, value: string): string => {
  const modrm = (register: number): string => (0xc0 | (number << 3) | register).toString(16);
  return `${bits === 16 ? '66' : ''}b8${value} 0f23${modrm(0)} 0f21${modrm(3)} f4`;
};

describe.each(BITS)('debug registers, %i bits', (bits) => {
  it.each([
    [0, '78563412', 0x12345678],
    [3, '00000100', 0x10000],
    [6, '00000000', 0xffff0ff0],
    [7, '01000000', 0x401],
    [7, 'ffffffff', 0xffff27ff],
    [5, 'ff030000', 0x7ff],
  ])('DR%i holds what was written to it, %s, and stops nothing', (number, value, read) => {
    const m = machine(bits, setAndGet(bits, number, value));
    for (let time = 0; time < 2; time++) {
      expect(start(m).reason).toBe('halt');
      expect(m.registers.ebx).toBe(read);
    }
    m.close();
  });

  it('a breakpoint on the code that runs, and its machine closed, copied and gone back to', () => {
    const m = machine(bits, setAndGet(bits, 7, '01000000'));
    const fresh = m.snapshot();
    start(m);
    const set = m.snapshot();
    m.write(bits === 16 ? 0x1100n : CODE + 0x100n, Uint8Array.of(0x0f, 0x21, 0xfb, 0xf4));
    const read = (): number => {
      m.run(bits === 16 ? 0x1100n : CODE + 0x100n);
      return m.registers.ebx;
    };
    const after = m.snapshot();
    expect(read()).toBe(0x401);
    m.restore({ ...after, context: fresh.context });
    expect(read()).toBe(0x400);
    m.restore({ ...after, context: set.context });
    expect(read()).toBe(0x401);
    m.close();
  });
});

describe('debug registers', () => {
  it('4 and 5 are invalid once CR4.DE is set', () => {
    const m = machine(64, '0f20e3 83cb08 0f22e3 0f23e0 f4');
    expect(start(m)).toMatchObject({ fault: { kind: 'invalidOpcode', pc: CODE + 9n } });
    m.close();
  });

  it('the upper half of DR7 is reserved', () => {
    const m = machine(64, '48b80000000001000000 0f23f8 f4');
    expect(start(m)).toMatchObject({ fault: { kind: 'protection', pc: CODE + 10n } });
    m.close();
  });
});
