import { describe, expect, test } from 'vitest';
import { type Bits, Machine } from '../../src/cpu/index.ts';

const CODE = 0x1000n;
const CODE_SIZE = 0x2000;
const DATA = 0x8000n;
const DATA_SIZE = 0x8000;
const PREFIXES = [[], [0x66], [0xf2], [0xf3]] as const;
const MAPS = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]] as const;
/** ModRM bytes without their middle: of a register, and of memory with a short displacement. */
const OPERANDS = [[0xc1], [0x43, 0x10]] as const;
const REGISTERS = ['rax', 'rbx', 'rcx', 'rbp', 'rsi', 'rdi', 'rsp'] as const;

/** All that begin so, whether an instruction or not. */
function* encodings(map: readonly number[]): Generator<number[]> {
  for (const prefix of PREFIXES) {
    for (let opcode = 0; opcode < 0x100; opcode++) {
      for (let reg = 0; reg < 8; reg++) {
        for (const [modrm, ...rest] of OPERANDS) yield [...prefix, ...map, opcode, modrm | (reg << 3), ...rest];
      }
    }
  }
}

function fill(machine: Machine, encoding: readonly number[]): void {
  const code = Uint8Array.from({ length: CODE_SIZE }, (_, index) => encoding[index % encoding.length] as number);
  machine.write(CODE, code);
  for (const name of REGISTERS) machine.registers.set(name, DATA + BigInt(DATA_SIZE / 2));
}

/** A block is translated whole before its first instruction is run. */
describe.each([16, 32, 64] as const satisfies Bits[])(
  '%i bit: any instruction, as often as a block can hold it',
  (bits) => {
    test.each(MAPS.map((map) => [map] as const))('behind %j', (map) => {
      const machine = new Machine({ bits });
      machine.map(CODE, CODE_SIZE, 'rwx');
      machine.map(DATA, DATA_SIZE);
      const before = machine.snapshot();
      let count = 0;
      for (const encoding of encodings(map)) {
        machine.restore(before);
        fill(machine, encoding);
        expect(machine.run(CODE, { blocks: 3 }).reason).toMatch(/fault|halt|budget|stopped/);
        count++;
      }
      expect(count).toBe(PREFIXES.length * 0x100 * 8 * OPERANDS.length);
      machine.close();
    });
  },
);
