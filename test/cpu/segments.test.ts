import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/cpu/index.ts';
import { CODE, DATA, hex, machine, start } from '../support/machine.ts';

/** A 32-bit machine whose guest has loaded a descriptor table that is nowhere. */
function withTableNowhere(): Machine {
  const m = machine(32, '0f0117 f4');
  m.writeUint(DATA, 2, 0xffffn);
  m.writeUint(DATA + 2n, 4, 0x7000_0000n);
  m.registers.rdi = DATA;
  expect(start(m).reason).toBe('halt');
  return m;
}

describe('segments below 64 bits', () => {
  it('get their base whatever table the guest has loaded', () => {
    const m = withTableNowhere();
    m.writeUint(DATA + 0x100n, 4, 0x1234n);
    m.writeUint(DATA + 0x200n, 4, 0x5678n);
    m.setSegmentBase('fs', DATA + 0x100n);
    m.setSegmentBase('gs', DATA + 0x200n);
    m.write(CODE, hex('64a100000000 89c3 65a100000000 f4'));
    expect(start(m).reason).toBe('halt');
    expect([m.registers.ebx, m.registers.eax]).toEqual([0x1234, 0x5678]);
    m.close();
  });

  it('leave the guest its table: sgdt stores what lgdt loaded', () => {
    const m = withTableNowhere();
    m.setSegmentBase('fs', DATA);
    m.write(CODE, hex('0f0107 f4'));
    m.registers.rdi = DATA + 0x10n;
    start(m);
    expect([m.readUint(DATA + 0x10n, 2), m.readUint(DATA + 0x12n, 4)]).toEqual([0xffffn, 0x7000_0000n]);
    m.close();
  });

  it('that the owner loads from nowhere are an error, and the machine goes on', () => {
    const m = withTableNowhere();
    for (const name of ['fs', 'ds', 'ss', 'cs'] as const) {
      if (name === 'cs') continue;
      expect(() => m.writeSystem(name, 8n)).toThrow(expect.objectContaining({ code: 'cpu.register' }));
    }
    m.write(CODE, hex('40 f4'));
    m.registers.eax = 1;
    expect([start(m).reason, m.registers.eax]).toEqual(['halt', 2]);
    m.close();
  });

  it('that the guest loads from nowhere are its page fault', () => {
    const m = withTableNowhere();
    m.write(CODE, hex('90 8ee0 f4'));
    m.registers.rax = 8n;
    expect(start(m)).toMatchObject({ fault: { kind: 'read', pc: CODE + 1n, address: 0x7000_0008n } });
    m.close();
  });
});

describe('a snapshot', () => {
  it('of another machine is refused, and changes nothing', () => {
    const [one, other] = [machine(64, '90 f4'), machine(64, '90 f4')];
    one.registers.rbx = 1n;
    other.registers.rbx = 2n;
    other.writeUint(DATA, 4, 7n);
    const foreign = one.snapshot();
    expect(() => other.restore(foreign)).toThrow(expect.objectContaining({ code: 'cpu.snapshot' }));
    expect(() => other.restoreContext(one.saveContext())).toThrow(expect.objectContaining({ code: 'cpu.snapshot' }));
    expect(() => other.restoreContext(new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'cpu.snapshot' }));
    expect([other.registers.rbx, other.readUint(DATA, 4)]).toEqual([2n, 7n]);
    one.close();
    other.close();
  });
});
