import { describe, expect, it } from 'vitest';
import { Machine } from '../../src/cpu/index.ts';
import { hex } from '../support/machine.ts';

const START = 0x12340n;

/** 16-bit code at 1234:0000, ES at 2000:0000. */
function real(code: string): Machine {
  const m = new Machine({ bits: 16 });
  m.map(0x12000n, 0x1000, 'rwx');
  m.map(0x20000n, 0x1000, 'rw');
  m.write(START, hex(code));
  m.writeSystem('cs', 0x1234n);
  m.writeSystem('es', 0x2000n);
  return m;
}

describe('real mode with another CS than 0', () => {
  it.each([
    ['a HLT', '90 f4', { reason: 'halt', pc: START + 1n }],
    ['an invalid opcode', '90 0f0b f4', { fault: { kind: 'invalidOpcode', pc: START + 1n } }],
    ['a software interrupt', '90 cd21 f4', { fault: { kind: 'interrupt', vector: 0x21, pc: START + 1n } }],
    ['a breakpoint', '90 cc f4', { fault: { vector: 3, pc: START + 1n } }],
    ['a division by zero', '90 31c9 f7f1 f4', { fault: { kind: 'divide', pc: START + 3n } }],
    ['a page fault', '90 26a10020 f4', { fault: { kind: 'read', pc: START + 1n, address: 0x22000n } }],
    ['a jump to nowhere', 'ea 0200 3582', { fault: { kind: 'fetch', address: 0x82352n } }],
  ])('places are linear: %s', (_, code, expected) => {
    const m = real(code);
    expect(m.run(START)).toMatchObject(expected);
    m.close();
  });

  it('so are those of a far jump’s target, and of the budget', () => {
    const m = real('ea 0200 3512');
    m.write(0x12352n, hex('90 ebfd'));
    const stop = m.run(START, { blocks: 100 });
    expect([stop.reason, stop.pc, m.readSystem('cs')]).toEqual(['budget', 0x12352n, 0x1235n]);
    m.write(0x12352n, hex('f4'));
    expect(m.run(stop.pc)).toEqual({ reason: 'halt', pc: 0x12352n });
    m.close();
  });

  it.each(['vmcall', 'vmmcall'] as const)('%s is served', (instruction) => {
    const m = real(`90 0f01${instruction === 'vmcall' ? 'c1' : 'd9'} 40 f4`);
    const seen: unknown[] = [];
    m.onVmcall = (call) => {
      seen.push([call.instruction, call.pc]);
      return 'done';
    };
    expect(m.run(START)).toEqual({ reason: 'halt', pc: START + 5n });
    expect([seen, m.registers.eax]).toEqual([[[instruction, START + 1n]], 1]);
    m.close();
  });

  it('a preemption goes on behind its access, over a saved context too', () => {
    const m = real('90 ec 40 f4');
    m.onPort = (access) => {
      expect(access.pc).toBe(START + 1n);
      m.registers.eax = 0x41;
      m.preempt();
    };
    const stop = m.run(START);
    expect(stop).toEqual({ reason: 'preempted', pc: START + 2n });
    m.restoreContext(m.saveContext());
    expect(m.registers.rip).toBe(START + 2n);
    expect([m.run(stop.pc), m.registers.eax]).toEqual([{ reason: 'halt', pc: START + 3n }, 0x42]);
    m.close();
  });

  it('string input goes to ES, and a snapshot brings the place back', () => {
    const m = real('f36c f4');
    m.registers.rcx = 5n;
    m.onPort = (access) => {
      access.data = Uint8Array.of(1, 2, 3, 4, 5);
    };
    const before = m.snapshot();
    expect(m.run(START)).toEqual({ reason: 'halt', pc: START + 2n });
    expect([...m.read(0x20000n, 6)]).toEqual([1, 2, 3, 4, 5, 0]);
    const after = m.snapshot();
    m.restore(before);
    m.restore(after);
    expect([m.registers.rip, m.registers.rdi]).toEqual([START + 3n, 5n]);
    m.close();
  });

  it('protected mode that the guest goes to has the places of its own code segment', () => {
    const m = new Machine({ bits: 16 });
    m.map(0n, 0x20000, 'rwx');
    m.write(0x808n, hex('ffff 0000 01 9a cf 00')); // 32-bit code, base 0x10000
    m.write(0x900n, hex('1700 00080000'));
    m.write(0x1000n, hex('0f01160009 0f20c0 6683c801 0f22c0 66ea 00010000 0800'));
    m.write(0x10100n, hex('90 40 ec f4'));
    const seen: bigint[] = [];
    m.onPort = (access) => {
      seen.push(access.pc);
    };
    expect([m.run(0x1000n), seen]).toEqual([{ reason: 'halt', pc: 0x10103n }, [0x10102n]]);
    m.close();
  });

  it('the base of FS is a multiple of 16 below 1 MiB', () => {
    const m = real('64a10000 f4');
    m.setSegmentBase('fs', 0x20010n);
    m.writeUint(0x20010n, 2, 0x1234n);
    m.run(START);
    expect(m.registers.eax & 0xffff).toBe(0x1234);
    for (const base of [8n, 0x100000n, -16n]) {
      expect(() => m.setSegmentBase('fs', base)).toThrow(expect.objectContaining({ code: 'cpu.segment' }));
    }
    m.close();
  });
});
