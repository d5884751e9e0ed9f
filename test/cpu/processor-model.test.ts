import { afterEach, describe, expect, test } from 'vitest';
import { type Bits, Machine, type RegisterName } from '../../src/cpu/index.ts';
import { hex } from '../support/machine.ts';

const CODE = 0x1000n;
const DATA = 0x2000n;
const MODES = [16, 32, 64] as const;

let open: Machine[] = [];

afterEach(() => {
  for (const machine of open) machine.close();
  open = [];
});

function load(bits: Bits, code: string): Machine {
  const machine = new Machine({ bits });
  open.push(machine);
  machine.map(CODE, 0x1000, 'rx');
  machine.map(DATA, 0x1000);
  machine.write(CODE, hex(`${code} f4`));
  machine.registers.rsp = DATA + 0xff0n;
  for (const name of ['rbx', 'rdi', 'rsi'] as const) machine.registers.set(name, DATA);
  return machine;
}

/** The operand size prefix that makes 32-bit operands of them. */
const wide = (bits: Bits): string => (bits === 16 ? '66' : '');

/** What compilers emit where they are asked for a newer processor, and what CPUID does not say. */
const NEWER: readonly (readonly [name: string, code: string, ecx: number, eax: number])[] = [
  ['popcnt %ecx,%eax', 'f30fb8c1', 0xf0f1, 9],
  ['tzcnt %ecx,%eax', 'f30fbcc1', 0xf000, 12],
  ['tzcnt of 0', 'f30fbcc1', 0, 32],
  ['lzcnt %ecx,%eax', 'f30fbdc1', 1, 31],
  ['lzcnt of 0', 'f30fbdc1', 0, 32],
  ['bsf %ecx,%eax', '0fbcc1', 0xf000, 12],
  ['bsr %ecx,%eax', '0fbdc1', 0x8000, 15],
  ['adcx %ecx,%eax with CF', '660f38f6c1', 5, 0x106],
  ['adox %ecx,%eax without OF', 'f30f38f6c1', 5, 0x105],
];

describe.each(MODES)('%i bit', (bits) => {
  test.each(NEWER)('%s', (_name, code, ecx, eax) => {
    // ADCX and ADOX are of 32 bits in every mode.
    const machine = load(bits, `${code.includes('38f6') ? '' : wide(bits)}${code}`);
    Object.assign(machine.registers, { eax: 0x100, ecx, rflags: 3n });
    expect(machine.run(CODE).reason).toBe('halt');
    expect(machine.registers.eax).toBe(eax);
  });

  test('movbe, from memory and to it', () => {
    // movbe (%bx or %edi),%eax; movbe %eax,the same. Of 16-bit code docs/threat-model.md says what size it has.
    const machine = load(bits, '0f38f007 90 0f38f107');
    machine.writeUint(DATA, 4, 0x11223344n);
    expect(machine.run(CODE).reason).toBe('halt');
    expect([machine.registers.eax, machine.readUint(DATA, 4)]).toEqual([0x44332211, 0x11223344n]);
  });

  test.each(['d8', 'da', 'db', 'dc', 'dd', 'de', 'df'])(
    'an instruction of SVM (0f 01 %s) is an invalid opcode, whatever EFER says',
    (last) => {
      // mov $0xc0000080,%ecx; rdmsr; or $0x1000,%eax; wrmsr
      const mov = `${wide(bits)}b9800000c0`;
      const or = `${wide(bits)}0d00100000`;
      const enable = `${mov} 0f32 ${or} 0f30`;
      const machine = load(bits, `${enable} 0f01${last}`);
      const pc = CODE + BigInt(hex(enable).length);
      for (let round = 0; round < 2; round++) {
        expect(machine.run(CODE)).toMatchObject({ reason: 'fault', pc, fault: { kind: 'invalidOpcode' } });
      }
    },
  );

  test.each([
    ['rdrand', '0fc7f0'],
    ['rdseed', '0fc7f8'],
    ['clac', '0f01ca'],
    ['stac', '0f01cb'],
    ['xgetbv', '0f01d0'],
    ['xsetbv', '0f01d1'],
    ['xsave', '0fae27'],
    ['xrstor', '0fae2f'],
    ['xsaveopt', '0fae37'],
    ['rdfsbase', 'f30faec0'],
    ['wrgsbase', 'f30faed8'],
    ['vaddps', 'c5f858c1'],
    ['andn', 'c4e278f2c1'],
    ['bextr', 'c4e278f7c1'],
    ['pdep', 'c4e27bf5c1'],
    ['rorx', 'c4e37bf0c105'],
  ])('%s is an invalid opcode, as CPUID says, whatever CR4 holds', (_name, code) => {
    const machine = load(bits, code);
    machine.writeSystem('cr4', 0x0035_0600n);
    expect(machine.run(CODE)).toMatchObject({ reason: 'fault', pc: CODE, fault: { kind: 'invalidOpcode', pc: CODE } });
  });

  test('CPUID says what the bench says, of no processor of the engine', () => {
    const leaf = (eax: number, ecx = 0): readonly number[] => {
      const machine = load(bits, '0fa2');
      Object.assign(machine.registers, { eax, ecx });
      expect(machine.run(CODE).reason).toBe('halt');
      return (['rax', 'rbx', 'rcx', 'rdx'] as const satisfies RegisterName[]).map((name) =>
        Number(machine.registers.get(name)),
      );
    };
    expect(leaf(0)[0]).toBe(0x0d);
    // sse3, cmpxchg16b, hypervisor
    expect(leaf(1)).toEqual([0x306a9, 0x10800, 0x8000_2001, 0x078b_fbfd]);
    expect(leaf(7)).toEqual([0, 0, 0, 0]);
    expect(leaf(0x8000_0001)).toEqual([0, 0, 1, 0x2010_0800]);
  });

  test('SSE is on from the start, and in the fresh engine behind an abort: FXSAVE stores its registers', () => {
    // movd %ecx,%xmm0; fxsave; hlt, and behind it what the engine aborts at
    const store = bits === 16 ? '0fae06c021' : bits === 32 ? '0fae05c0210000' : '0fae0425c0210000';
    const machine = load(bits, `660f6ec1 ${store} f4 f0a6`);
    const abort = CODE + BigInt(hex(`660f6ec1 ${store} f4`).length);
    for (let round = 1; round < 4; round++) {
      machine.registers.ecx = 0x11110000 + round;
      expect(machine.run(CODE).reason).toBe('halt');
      expect(machine.readUint(0x21c0n + 160n, 4)).toBe(BigInt(0x11110000 + round));
      expect(machine.readSystem('cr4') & 0x600n).toBe(0x600n);
      expect(machine.run(abort).reason).toBe('fault');
    }
  });
});
