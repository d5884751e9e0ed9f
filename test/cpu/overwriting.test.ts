import { describe, expect, test } from 'vitest';
import { type Bits, Machine, type Stop } from '../../src/cpu/index.ts';
import { hex } from '../support/machine.ts';

const START = 0x1000n;
const PAGES = 0x2000;
const CODE = 0x1000n;
const DIRECTION = 0x402n;

/** The prefix for elements of that many bytes. */
const prefix = (bits: Bits, width: number): string => ((bits === 16) === (width === 4) && width !== 1 ? '66' : '');

/** Code that fills memory downwards, over itself and on below the first mapped byte. */
const FILLS = [
  ['stos', 'aa', 'ab'],
  ['ins', '6c', '6d'],
  ['movs', 'a4', 'a5'],
] as const;
const WIDTHS = [1, 2, 4] as const;
const FILLERS = [0xdf, 0x90, 0x55, 0xf4, 0xcc, 0x0f, 0x66, 0xff, 0x00] as const;

const cases = FILLS.flatMap(([name, byte, wide]) =>
  WIDTHS.map((width) => [name, width, width === 1 ? byte : wide] as const),
);

/** A machine with that code at {@link CODE}, whose fill ends below it. `element`: what each transfer stores. */
function load(bits: Bits, code: Uint8Array, element: Uint8Array, edi: number): Machine {
  const machine = new Machine({ bits });
  machine.map(START, PAGES, 'rwx');
  machine.map(0x8000n, 0x4000);
  const pattern = (length: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => element[i % element.length] as number);
  machine.write(0x8000n, pattern(0x4000));
  machine.write(CODE, code);
  machine.onPort = (access) => {
    if (access.string) access.data = pattern(access.count * access.width);
  };
  machine.registers.edi = edi;
  machine.registers.esi = 0xbff0;
  machine.registers.ecx = 0x1fff;
  machine.registers.eax = Buffer.from(pattern(4)).readUInt32LE(0);
  machine.registers.rsp = 0xc000n;
  machine.registers.rflags = DIRECTION;
  return machine;
}

const seen = (machine: Machine, stop: Stop): unknown => ({
  stop,
  memory: machine.memoryDigest(),
  registers: [machine.registers.rcx, machine.registers.rdi, machine.registers.rflags],
});

/** Runs it, and once more after going back: both ends are the same, and the machine goes on. */
function runTwice(machine: Machine): Stop {
  const before = machine.snapshot();
  const stop = machine.run(CODE, { blocks: 50_000 });
  const first = seen(machine, stop);
  machine.restore(before);
  expect(seen(machine, machine.run(CODE, { blocks: 50_000 }))).toEqual(first);
  machine.write(CODE, hex('90f4'));
  expect(machine.run(CODE)).toEqual({ reason: 'halt', pc: CODE + 1n });
  return stop;
}

describe.each([16, 32, 64] as const)('%i bit: rep %s', (bits) => {
  test.each(cases)('%s of %i bytes over itself, whatever comes of it', (_name, width, opcode) => {
    for (const filler of FILLERS) {
      for (const offset of [0, 1, 3]) {
        const code = hex(`${prefix(bits, width)}f3${opcode}f4`);
        const machine = load(bits, code, Uint8Array.of(filler), 0x2978 + offset);
        runTwice(machine);
        machine.close();
      }
    }
  });

  test.each(cases.filter(([, width]) => width > 1))(
    '%s of %i bytes that stores its own bytes goes on to the end of memory',
    (_name, width, opcode) => {
      // nop before it, so that it begins and ends where an element does
      const text = `${prefix(bits, width)}f3${opcode}`;
      const code = hex('90'.repeat(4 - text.length / 2) + text);
      const machine = load(bits, code, code.subarray(4 - width), 0x2900);
      expect(runTwice(machine)).toMatchObject({
        reason: 'fault',
        fault: { kind: 'write', address: START - BigInt(width) },
      });
      machine.close();
    },
  );
});

const SAVES = [
  ['fnsave', 'dd37'],
  ['fxsave', '0fae07'],
  ['fnstenv', 'd937'],
  ['fstp of 80 bits', 'db3f'],
  ['fbstp', 'df37'],
  ['movups', '0f1107'],
  ['movdqu', 'f30f7f07'],
] as const;

describe.each([32, 64] as const)('%i bit: a store of many bytes over its own code and the end of memory', (bits) => {
  test.each(SAVES)('%s', (_name, code) => {
    const end = START + BigInt(PAGES);
    const bytes = hex(code);
    for (const behind of [0n, 1n, 2n, 3n]) {
      const machine = new Machine({ bits });
      machine.map(START, PAGES, 'rwx');
      const place = end - BigInt(bytes.length) - behind;
      machine.write(place, bytes);
      machine.registers.rdi = place - 2n;
      const before = machine.snapshot();
      const stop = machine.run(place);
      // The bytes of an instruction that has overwritten itself are fetched anew.
      expect(stop).toMatchObject({ reason: 'fault', fault: { vector: 14, address: end } });
      const first = seen(machine, stop);
      machine.restore(before);
      expect(seen(machine, machine.run(place))).toEqual(first);
      machine.close();
    }
  });
});
