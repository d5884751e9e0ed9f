import { afterEach, describe, expect, test } from 'vitest';
import { type Bits, Machine, type Stop } from '../../src/cpu/index.ts';
import { hex } from '../support/machine.ts';

/** An instruction that raises one, and what the registers must be. */
interface Cause {
  readonly name: string;
  readonly vector: number;
  readonly code: string;
  readonly eax?: number;
  readonly rflags?: bigint;
}

const BEYOND_TABLE = 0x7f8;
const NOT_PRESENT = 0x08;
const NESTED_TASK = 0x4002n;

const DIVIDE: Cause = { name: '#DE', vector: 0, code: 'f7f1' };
const SEGMENTS: readonly Cause[] = [
  { name: '#GP', vector: 13, code: '8ed8', eax: BEYOND_TABLE },
  { name: '#NP', vector: 11, code: '8ed8', eax: NOT_PRESENT },
  { name: '#SS', vector: 12, code: '8ed0', eax: NOT_PRESENT },
];
/** IRET of a nested task whose task state segment, at address 0, names a selector of a local table. */
const TASK: Cause = { name: '#TS', vector: 10, code: 'cf', rflags: NESTED_TASK };

const CAUSES: Readonly<Record<Bits, readonly Cause[]>> = {
  16: [DIVIDE],
  32: [DIVIDE, ...SEGMENTS, TASK],
  64: [DIVIDE, ...SEGMENTS],
};

const CODE = 0x1000n;
const TABLE = 0x2000n;
const TABLE_REGISTER = 0x2100n;
const PAGE = 0x1000;

let open: Machine[] = [];

afterEach(() => {
  for (const machine of open) machine.close();
  open = [];
});

function raise(machine: Machine, { code, eax = 0, rflags = 2n }: Cause): Stop {
  machine.write(CODE, hex(`${code} f4`));
  machine.registers.eax = eax;
  machine.registers.rcx = 0n;
  machine.registers.rflags = rflags;
  return machine.run(CODE);
}

/** With a descriptor table that has one data segment, which is not present. */
function load(bits: Bits): Machine {
  const machine = new Machine({ bits });
  open.push(machine);
  machine.map(0n, PAGE);
  machine.writeUint(0n, 2, 4n);
  machine.map(CODE, PAGE, 'rwx');
  machine.map(TABLE, PAGE);
  machine.writeUint(TABLE + 8n, 8, 0x00cf_1300_0000_ffffn);
  machine.writeUint(TABLE_REGISTER, 2, 15n);
  machine.writeUint(TABLE_REGISTER + 2n, 8, TABLE);
  machine.registers.rsp = TABLE + 0x800n;
  // lgdt 0x2100
  const lgdt = { 16: '0f01160021', 32: '0f011500210000', 64: '0f01142500210000' }[bits];
  if (bits !== 16) raise(machine, { name: 'none', vector: -1, code: lgdt });
  return machine;
}

const expected = ({ vector }: Cause): object => ({ reason: 'fault', pc: CODE, fault: { vector, pc: CODE } });

const INVALID_OPCODE: Cause = { name: '#UD', vector: 6, code: '0f0b' };

describe.each([16, 32, 64] as const)('%i bit: an exception ends a run and is over then', (bits) => {
  const causes = CAUSES[bits];
  const pairs = causes.flatMap((first) => causes.map((second) => [first.name, second.name, first, second] as const));

  test.each(pairs)('%s, then %s, again and again', (_first, _second, first, second) => {
    const machine = load(bits);
    for (let round = 0; round < 3; round++) {
      expect(raise(machine, first)).toMatchObject(expected(first));
      expect(raise(machine, second)).toMatchObject(expected(second));
    }
    expect(raise(machine, INVALID_OPCODE)).toMatchObject(expected(INVALID_OPCODE));
    expect(raise(machine, { name: 'none', vector: -1, code: '90' })).toMatchObject({ reason: 'halt', pc: CODE + 1n });
  });

  test.each(pairs)('%s, then %s, across a snapshot and a saved context', (_first, _second, first, second) => {
    const machine = load(bits);
    expect(raise(machine, first)).toMatchObject(expected(first));
    const snapshot = machine.snapshot();
    const context = machine.saveContext();
    for (let round = 0; round < 3; round++) {
      expect(raise(machine, second)).toMatchObject(expected(second));
      if (round === 0) machine.restore(snapshot);
      else machine.restoreContext(context);
      expect(raise(machine, second)).toMatchObject(expected(second));
    }
  });

  test('one step at a time', () => {
    const machine = load(bits);
    machine.write(CODE, hex('f7f1 f4'));
    machine.registers.rcx = 0n;
    for (let round = 0; round < 3; round++) expect(machine.step(CODE)).toMatchObject(expected(DIVIDE));
  });

  test('one inside a block, behind a port access that was served', () => {
    const machine = load(bits);
    machine.onPort = ({ registers }) => {
      registers.eax = 0;
    };
    machine.write(CODE, hex('ec f7f1 f4'));
    machine.registers.rcx = 0n;
    for (let round = 0; round < 3; round++) {
      expect(machine.run(CODE)).toMatchObject({ reason: 'fault', pc: CODE + 1n, fault: { vector: 0 } });
    }
  });
});

test.each([32, 64] as const)('%i bit: so is one that the owner of the machine raises', (bits) => {
  const machine = load(bits);
  for (let round = 0; round < 3; round++) {
    expect(() => machine.writeSystem('fs', BigInt(BEYOND_TABLE))).toThrow(/fs cannot hold/);
    expect(raise(machine, DIVIDE)).toMatchObject(expected(DIVIDE));
  }
});
