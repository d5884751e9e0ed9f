import { describe, expect, test } from 'vitest';
import { Machine } from '../../src/cpu/index.ts';
import { hex } from '../support/machine.ts';

const CODE = 0x10000n;
const KEPT = 0x20000n;
const CODE_SIZE = 0x2000;
const DATA = 0x30000n;
/** Some 100 KB of translation each: together they fill the engine's buffer several times. */
const ROUNDS = 6000;

describe.each([32, 64] as const)('%i bit: more code than the engine has room for', (bits) => {
  test('what was translated long ago is run as it was, and what was replaced is gone', () => {
    const machine = new Machine({ bits });
    machine.map(CODE, CODE_SIZE, 'rwx');
    machine.map(KEPT, CODE_SIZE, 'rwx');
    machine.map(DATA, 0x1000);
    machine.registers.rbx = DATA;
    // fldl 16(%ebx)
    const instruction = hex('dd4310');
    const count = Math.floor((CODE_SIZE - 8) / instruction.length);
    for (let i = 0; i < count; i++) machine.write(CODE + BigInt(i * instruction.length), instruction);
    const last = CODE + BigInt(count * instruction.length);
    for (let i = 0; i < 8; i++) machine.write(KEPT + BigInt(i * 0x400), hex(`b8${(0x70 + i).toString(16)}000000 f4`));
    for (let round = 0; round < ROUNDS; round++) {
      const code = round & 0x7f;
      // mov $round,%ecx; hlt
      machine.write(last, hex(`b9${code.toString(16).padStart(2, '0')}000000 f4`));
      machine.write(CODE, instruction);
      expect([machine.run(CODE), machine.registers.ecx]).toEqual([{ reason: 'halt', pc: last + 5n }, code]);
      const kept = round % 8;
      expect([machine.run(KEPT + BigInt(kept * 0x400)).reason, machine.registers.eax]).toEqual(['halt', 0x70 + kept]);
      if (round % 500 === 499) machine.write(KEPT, hex('b870000000 f4'));
    }
    machine.close();
  });
});
