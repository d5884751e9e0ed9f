import { describe, expect, test } from 'vitest';
import { Machine } from '../../src/cpu/index.ts';
import { hex } from '../support/machine.ts';

/** Many times what one translation has room for. */
const TIMES = 3000;
const CODE = 0x10000n;
const DATA = 0x20000n;

/** Instructions whose translation leaves values behind, each beside others. */
const INSTRUCTIONS: readonly (readonly [name: string, code: string])[] = [
  ['fadd', 'd8c1'],
  ['fld', 'd9c1'],
  ['fxch', 'd9c9'],
  ['fcmovb', 'dac1'],
  ['fcomi', 'dbf1'],
  ['fmul', 'dcc9'],
  ['fst', 'ddd1'],
  ['faddp', 'dec1'],
  ['fcomip', 'dff1'],
  ['an alias of fstp', 'dfdf'],
  ['ffree, fld and fstp in turn', 'ddc0 d9c2 ddd9'],
  ['pshufw', '0f70c11b'],
  ['pshufd', '660f70c11b'],
  ['pinsrw', '660fc4c003'],
  ['psrlw by an immediate', '0f71d103'],
  ['cvtsi2sd', 'f20f2ac1'],
  ['cmpxchg8b', '0fc70f'],
  ['shld', '0fa4d103'],
  ['rcl', 'c1d103'],
  ['pusha or push', '50'],
];

describe.each([16, 32, 64] as const)('%i bit: code without a jump is run however long it is', (bits) => {
  test.each(INSTRUCTIONS)('%s', (_name, code) => {
    const machine = new Machine({ bits });
    const start = bits === 16 ? 0x1000n : CODE;
    machine.map(start, 0x8000, 'rx');
    const data = bits === 16 ? 0xa000n : DATA;
    machine.map(data, 0x6000);
    machine.registers.rdi = data;
    machine.registers.rbx = data;
    machine.registers.rsp = data + 0x6000n;
    const bytes = hex(code);
    const length = Math.min(TIMES, Math.floor(0x7000 / bytes.length));
    for (let i = 0; i < length; i++) machine.write(start + BigInt(i * bytes.length), bytes);
    // inc %esi; hlt
    machine.write(start + BigInt(length * bytes.length), hex('ffc6 f4'));
    const stop = machine.run(start);
    expect([stop.reason, stop.pc, machine.registers.esi]).toEqual([
      'halt',
      start + BigInt(length * bytes.length) + 2n,
      1,
    ]);
    machine.close();
  });
});
