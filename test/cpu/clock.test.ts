import { describe, expect, it } from 'vitest';
import type { Bits } from '../../src/cpu/index.ts';
import { CODE, machine, start } from '../support/machine.ts';

const BITS: readonly Bits[] = [16, 32, 64];
const base = (bits: Bits): bigint => (bits === 16 ? 0x1000n : CODE);

describe.each(BITS)('the time stamp counter, %i bits', (bits) => {
  it.each(['0f31', '660f31', '66666666660f31', '2e3e660f31', 'f30f31', 'f2660f31', '6666666666666666666666660f31'])(
    'is virtual time whatever stands before RDTSC: %s',
    (code) => {
      const m = machine(bits, `${code} f4`, { tscKhz: 2_000_000 });
      m.now = 1000;
      expect(start(m).reason).toBe('halt');
      expect([m.registers.eax, m.registers.edx, m.timeRead]).toEqual([2002, 0, true]);
      m.close();
    },
  );

  it('moves between two reads of one block', () => {
    // rdtsc; mov %eax,%ebx; rdtscp
    const m = machine(bits, `0f31 ${bits === 16 ? '66' : ''}89c3 0f01f9 f4`, { tscKhz: 2_000_000 });
    m.registers.ecx = 9;
    start(m);
    expect([m.registers.ebx, m.registers.eax, m.registers.ecx]).toEqual([2, 4, 0]);
    m.close();
  });

  it('is virtual time where the guest wrote the instruction itself', () => {
    // mov $0x310f,%ax; mov %ax,next; next: two bytes; hlt
    const store = bits === 64 ? '66890500000000' : bits === 32 ? '66a30a000100' : 'a30610';
    const code = `${bits === 16 ? '' : '66'}b80f31 ${store} 9090 f4`;
    const m = machine(bits, '');
    m.unmap(base(bits));
    m.map(base(bits), 0x1000, 'rwx');
    m.write(base(bits), new Uint8Array(Buffer.from(code.replaceAll(' ', ''), 'hex')));
    m.now = 5000;
    const length = code.replaceAll(' ', '').length / 2;
    expect(start(m)).toEqual({ reason: 'halt', pc: base(bits) + BigInt(length - 1) });
    expect([m.timeRead, m.registers.edx, m.registers.eax < 20_000]).toEqual([true, 0, true]);
    m.close();
  });
});

/** Each is an invalid opcode to a processor like ours; the engine takes most for what stands behind the prefix. */
const NONE = {
  'LOCK RDTSC': 'f00f31',
  'VEX RDTSC': 'c5f831',
  'VEX RDTSC, three bytes': 'c4e17831',
  'LOCK RDTSCP': 'f00f01f9',
  'VEX RDTSCP': 'c5f801f9',
  'LOCK IN': 'f0ed',
  'LOCK IN imm8': 'f0e510',
  'LOCK OUT': 'f0ef',
  'LOCK INS': 'f06d',
  'LOCK REP OUTS': 'f0f36f',
  'LOCK CPUID': 'f00fa2',
  'VEX CPUID': 'c5f8a2',
  'LOCK VMCALL': 'f00f01c1',
  'VEX VMMCALL': 'c5f801d9',
  'LOCK HLT': 'f0f4',
  'LOCK NOP': 'f090',
  'LOCK MOV': 'f08907',
  'LOCK CMP': 'f03907',
  'LOCK ADD to a register': 'f001c8',
  'LOCK BT': 'f00fa307',
  RDRAND: '0fc7f0',
  RDSEED: '0fc7f8',
  RDPID: 'f30fc7f8',
};

describe.each([32, 64] as const)('what is no instruction, %i bits', (bits) => {
  it.each(Object.entries(NONE))('%s', (_, code) => {
    const m = machine(bits, `90 ${code} f4`);
    let served = 0;
    m.onPort = () => {
      served++;
    };
    m.onVmcall = () => {
      served++;
      return 'done';
    };
    for (let time = 0; time < 2; time++) {
      expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'invalidOpcode', pc: CODE + 1n, vector: 6 } });
    }
    expect([served, m.timeRead]).toEqual([0, false]);
    m.close();
  });

  it('LOCK before what can be locked is none of these', () => {
    // lock incl, lock xadd, lock btsl, lock cmpxchg8b, lock notb: at (%edi)
    const m = machine(bits, 'f0ff07 f00fc107 f00fab07 f00fc70f f0f617 f4');
    m.registers.rdi = 0x20000n;
    expect(start(m).reason).toBe('halt');
    m.close();
  });
});
