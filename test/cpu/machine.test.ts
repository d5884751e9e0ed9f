import { describe, expect, it } from 'vitest';
import { type Bits, type CpuException, Machine } from '../../src/cpu/index.ts';
import { VmtbenchError } from '../../src/errors.ts';
import { CODE, DATA, hex, machine, recordPorts, start, toHex } from '../support/machine.ts';

describe('port access', () => {
  it.each([
    { bits: 64 as Bits, code: 'ed f4', width: 4, eax: 0x11223344n },
    { bits: 32 as Bits, code: 'ed f4', width: 4, eax: 0x11223344n },
    { bits: 16 as Bits, code: '66ed f4', width: 4, eax: 0x11223344n },
    { bits: 64 as Bits, code: '66ed f4', width: 2, eax: 0xaaaabbbbcccc3344n },
    { bits: 64 as Bits, code: 'ec f4', width: 1, eax: 0xaaaabbbbccccdd44n },
  ])('$bits bit $code: an IN of $width bytes takes its result from eax', ({ bits, code, width, eax }) => {
    const m = machine(bits, code);
    m.registers.rax = bits === 64 ? 0xaaaabbbbccccddddn : 0xccccddddn;
    m.registers.rdx = 0x5658n;
    m.onPort = (access) => {
      expect([access.port, access.width, access.direction, access.string, access.count]).toEqual([
        0x5658,
        width,
        'in',
        false,
        1,
      ]);
      access.registers.eax = 0x11223344;
    };
    start(m);
    expect(m.registers.rax).toBe(eax);
    m.close();
  });

  it('brings back what the device changed, at 64 bits, and nothing else', () => {
    const m = machine(64, 'ed f4');
    for (const name of ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'r8'] as const)
      m.registers.set(name, 0x1111111122222222n);
    m.onPort = ({ registers }) => {
      registers.ebx = 0xffffffff;
      registers.rcx = 0x123456789abcdef0n;
    };
    start(m);
    const { rbx, rcx, rdx, rsi, rdi, rbp } = m.registers;
    const same = 0x1111111122222222n;
    expect([rbx, rcx, rdx, rsi, rdi, rbp, m.registers.get('r8')]).toEqual([
      0xffffffffn,
      0x123456789abcdef0n,
      same,
      same,
      same,
      same,
      same,
    ]);
    m.close();
  });

  it('OUT answers in eax too, and tells each instruction of a block by its own address', () => {
    const m = machine(32, '90 ed 90 ef 90 e4 70 f4');
    const seen = recordPorts(m);
    m.registers.rdx = 0x5658n;
    start(m);
    expect(seen).toMatchObject([
      { pc: CODE + 1n, direction: 'in', port: 0x5658, width: 4 },
      { pc: CODE + 3n, direction: 'out', port: 0x5658, width: 4 },
      { pc: CODE + 5n, direction: 'in', port: 0x70, width: 1 },
    ]);
    m.write(CODE, hex('ef f4'));
    m.onPort = (access) => {
      if (access.direction === 'out') access.registers.eax = 0x77;
    };
    start(m);
    expect(m.registers.eax).toBe(0x77);
    m.close();
  });

  it('an exception in a callback comes out of run()', () => {
    const m = machine(64, 'ed ed f4');
    m.onPort = () => {
      throw new TypeError('device');
    };
    expect(() => start(m)).toThrow(new TypeError('device'));
    expect(() => start(m)).toThrow('device');
    m.onPort = null;
    expect(start(m).reason).toBe('halt');
    m.close();
  });

  it('run() inside a callback is refused', () => {
    const m = machine(64, 'ed f4');
    m.onPort = () => void m.run(CODE);
    expect(() => start(m)).toThrow('already running');
    m.close();
  });

  it('sees code that was rewritten', () => {
    const m = machine(64, 'ed f4');
    const seen = recordPorts(m);
    start(m);
    m.write(CODE, hex('90 6c f4'));
    m.registers.rdi = DATA;
    start(m);
    expect(seen.map(({ pc, string }) => [pc, string])).toEqual([
      [CODE, false],
      [CODE + 1n, true],
    ]);
    m.close();
  });
});

describe('faults are values with the exact address', () => {
  const rows: { name: string; bits: Bits; code: string; fault: Partial<CpuException> }[] = [
    {
      name: 'read',
      bits: 64,
      code: 'ffc1 488b03 ffc7 f4',
      fault: { kind: 'read', pc: CODE + 2n, address: 0x50000n, size: 8 },
    },
    {
      name: 'second of two reads',
      bits: 64,
      code: '488b06 31f6 488b16 f4',
      fault: { kind: 'read', pc: CODE + 5n, address: 0n },
    },
    { name: 'read by pop', bits: 32, code: '89dc 90 58 f4', fault: { kind: 'read', pc: CODE + 3n, address: 0x50000n } },
    { name: 'read by ret', bits: 64, code: '4889dc c3', fault: { kind: 'read', pc: CODE + 3n, address: 0x50000n } },
    {
      name: 'read with displacement and index',
      bits: 64,
      code: '90 8b448b10 f4',
      fault: { kind: 'read', pc: CODE + 1n, address: 0x50010n, size: 4 },
    },
    {
      name: 'write',
      bits: 64,
      code: 'ffc1 488903 ffc7 f4',
      fault: { kind: 'write', pc: CODE + 2n, address: 0x50000n },
    },
    {
      name: 'write to code',
      bits: 32,
      code: '90 a300000100 f4',
      fault: { kind: 'write', pc: CODE + 1n, address: CODE },
    },
    { name: 'push', bits: 64, code: '4889dc 50 f4', fault: { kind: 'write', pc: CODE + 3n, address: 0x4fff8n } },
    { name: 'jump', bits: 64, code: 'ffe3', fault: { kind: 'fetch', pc: 0x50000n, address: 0x50000n } },
    { name: 'jump into data', bits: 64, code: 'ffe6', fault: { kind: 'fetch', pc: DATA, address: DATA } },
    {
      name: 'division by zero',
      bits: 32,
      code: '31d2 31c9 f7f1 f4',
      fault: { kind: 'divide', pc: CODE + 4n, vector: 0 },
    },
    { name: 'ud2', bits: 64, code: '90 0f0b', fault: { kind: 'invalidOpcode', pc: CODE + 1n, vector: 6 } },
    { name: 'vmcall that nobody serves', bits: 64, code: '90 0f01c1', fault: { kind: 'invalidOpcode', pc: CODE + 1n } },
    { name: 'int3', bits: 64, code: '90 cc', fault: { kind: 'interrupt', pc: CODE + 1n, vector: 3 } },
    { name: 'int 0x80', bits: 32, code: '90 cd80', fault: { kind: 'interrupt', pc: CODE + 1n, vector: 128 } },
  ];
  it.each(rows)('$name ($bits bit)', ({ bits, code, fault }) => {
    const m = machine(bits, code);
    m.registers.rbx = 0x50000n;
    m.registers.rsi = DATA;
    const stop = start(m);
    expect(stop).toMatchObject({ reason: 'fault', pc: fault.pc, fault });
    m.close();
  });

  it('#GP carries its vector', () => {
    const m = machine(32, '66b82800 8ed8 f4');
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'protection', vector: 13, pc: CODE + 4n } });
    m.close();
  });
});

describe('run', () => {
  it('stops at HLT, at the end of the budget, and on stop()', () => {
    const m = machine(64, '90 90 f4');
    expect(start(m)).toEqual({ reason: 'halt', pc: CODE + 2n });
    m.write(CODE, hex('ebfe'));
    expect(m.run(CODE, { blocks: 1000 })).toEqual({ reason: 'budget', pc: CODE });
    m.write(CODE, hex('ed ebfd'));
    m.onPort = () => m.stop();
    expect(start(m)).toMatchObject({ reason: 'stopped' });
    m.close();
  });

  it('time passes: a block 1 ns, a port access 1 us, and both can be set', () => {
    const m = machine(64, 'ed ed f4');
    start(m);
    expect(m.now).toBe(2001);
    m.close();
    const other = machine(64, 'ed ed f4', { accessNs: 10, blockNs: 3 });
    start(other);
    expect(other.now).toBe(23);
    other.close();
  });

  it('RDTSC and RDTSCP count virtual time', () => {
    const m = machine(64, '0f31 4889c6 4889d7 0f01f9 f4', { tscKhz: 2_000_000 });
    m.now = 5_000_000_000;
    m.registers.rcx = 7n;
    start(m);
    expect((m.registers.rdi << 32n) | m.registers.rsi).toBe(10_000_000_002n);
    expect((m.registers.rdx << 32n) | m.registers.rax).toBe(10_000_000_004n);
    expect(m.registers.rcx).toBe(0n);
    m.close();
  });

  // nop; rdtsc; mov %eax,%ebx; rdtsc; hlt
  it.each([[16, '90 0f31 6689c3 0f31 f4'] as const, [32, '90 0f31 89c3 0f31 f4'] as const])(
    'so do they in %i bits',
    (bits, code) => {
      const m = machine(bits, code, { tscKhz: 2_000_000 });
      m.now = 1000;
      start(m);
      expect(m.registers.ebx).toBeGreaterThanOrEqual(2000);
      expect([m.registers.eax, m.registers.edx]).toEqual([
        expect.toSatisfy((now: number) => now >= m.registers.ebx && now < 2100),
        0,
      ]);
      m.close();
    },
  );

  it('a prefix does not lead RDTSC to the real clock', () => {
    const m = machine(64, '480f31 f4');
    start(m);
    expect(m.registers.rax).toBe(3n);
    m.close();
  });

  it.each([
    { bits: 64 as Bits, hypercall: 'port' as const, ecx: 0 },
    { bits: 32 as Bits, hypercall: 'vmmcall' as const, ecx: 1 },
    { bits: 64 as Bits, hypercall: 'vmcall' as const, ecx: 2 },
  ])('CPUID tells VMware and how to call it: $hypercall', ({ bits, hypercall, ecx }) => {
    const m = machine(bits, '0fa2 f4', { hypercall, tscKhz: 2_600_000, busKhz: 66_000 });
    const cpuid = (leaf: number): number[] => {
      m.registers.eax = leaf;
      start(m);
      const { eax, ebx, ecx, edx } = m.registers;
      return [eax, ebx, ecx, edx];
    };
    expect((cpuid(1)[2] as number) >>> 31).toBe(1);
    const [max, ...vendor] = cpuid(0x40000000);
    expect(max).toBe(0x40000010);
    expect(Buffer.from(Uint32Array.from(vendor as number[]).buffer).toString()).toBe('VMwareVMware');
    expect(cpuid(0x40000010)).toEqual([2_600_000, 66_000, ecx, 0]);
    expect(cpuid(0x4000_0011)).toEqual([0, 0, 0, 0]);
    m.close();
  });

  it.each([
    ['TCGTCGTCGTCG', 1, 'TCGTCGTCGTCG'],
    [null, 0, '\0'.repeat(12)],
  ] as const)('CPUID names another hypervisor, or none: %s', (hypervisor, present, name) => {
    const m = machine(64, '0fa2 f4', { hypervisor });
    m.registers.eax = 1;
    start(m);
    expect(m.registers.ecx >>> 31).toBe(present);
    m.registers.eax = 0x40000000;
    start(m);
    const { ebx, ecx, edx } = m.registers;
    expect(Buffer.from(Uint32Array.of(ebx, ecx, edx).buffer).toString()).toBe(name);
    m.close();
  });

  it.each(['vmcall', 'vmmcall'] as const)('%s reaches its callback and goes on behind it', (instruction) => {
    const m = machine(64, `0f01 ${instruction === 'vmcall' ? 'c1' : 'd9'} ffc3 f4`);
    m.onVmcall = (call) => {
      expect([call.instruction, call.pc]).toEqual([instruction, CODE]);
      call.registers.rbx = 41n;
      return 'done';
    };
    expect(start(m)).toEqual({ reason: 'halt', pc: CODE + 5n });
    expect(m.registers.rbx).toBe(42n);
    m.onVmcall = () => ({ write: true, address: 0x1234n });
    expect(start(m)).toMatchObject({ reason: 'fault', fault: { kind: 'write', address: 0x1234n, pc: CODE } });
    m.close();
  });

  it.each([64, 32] as const)('segment bases: %i bit reads through fs and gs', (bits) => {
    const m = machine(
      bits,
      bits === 64 ? '65488b042528000000 64488b1c2510000000 f4' : '65a114000000 648b1d10000000 f4',
    );
    m.setSegmentBase('gs', DATA);
    m.setSegmentBase('fs', DATA + 0x100n);
    m.writeUint(DATA + (bits === 64 ? 0x28n : 0x14n), 4, 0xcafen);
    m.writeUint(DATA + 0x110n, 4, 0xbeefn);
    start(m);
    expect([m.registers.rax, m.registers.rbx]).toEqual([0xcafen, 0xbeefn]);
    m.close();
  });

  it('a segment base leaves the stack as wide as it was', () => {
    const m = machine(32, '6a07 58 f4');
    m.setSegmentBase('fs', 0n);
    expect(start(m).reason).toBe('halt');
    expect([m.registers.eax, m.registers.rsp]).toEqual([7, DATA + 0x1ff0n]);
    m.close();
  });

  it('runs in the top 2 GiB', () => {
    const m = new Machine({ bits: 64 });
    m.map(0xffffffff80000000n, 0x1000, 'rx');
    m.write(0xffffffff80000000n, hex('488d0500000000 f4'));
    expect(m.run(0xffffffff80000000n)).toEqual({ reason: 'halt', pc: 0xffffffff80000007n });
    expect(m.registers.rax).toBe(0xffffffff80000007n);
    m.close();
  });
});

describe('memory', () => {
  it('reads and writes numbers and strings, across mappings', () => {
    const m = machine(64, 'f4');
    m.map(DATA + 0x2000n, 0x1000, 'rw');
    m.writeUint(DATA + 0x1ffcn, 8, 0x1122334455667788n);
    expect(m.readUint(DATA + 0x1ffcn, 8)).toBe(0x1122334455667788n);
    expect(m.readUint(DATA + 0x2000n, 2)).toBe(0x3344n);
    m.write(DATA + 0x1f00n, new Uint8Array(300).fill(0x61));
    m.writeUint(DATA + 0x1f00n + 300n, 1, 0n);
    expect(m.readCString(DATA + 0x1f00n)).toHaveLength(300);
    m.close();
  });

  it.each([
    ['read', (m: Machine) => m.read(0x900000n, 1), 'cpu.unmapped'],
    ['write', (m: Machine) => m.write(DATA + 0x1fffn, hex('0102')), 'cpu.unmapped'],
    [
      'string without end',
      (m: Machine) => m.write(DATA, new Uint8Array(0x2000).fill(1)) ?? m.readCString(DATA),
      'cpu.unmapped',
    ],
    ['odd address', (m: Machine) => m.map(0x900001n, 0x1000), 'cpu.map'],
    ['odd size', (m: Machine) => m.map(0x900000n, 10), 'cpu.map'],
    ['overlap', (m: Machine) => m.map(DATA + 0x1000n, 0x1000), 'cpu.map'],
    ['unmap of nothing', (m: Machine) => m.unmap(0x900000n), 'cpu.unmapped'],
  ])('misuse is an error with a code: %s', (_name, act, code) => {
    const m = machine(64, 'f4');
    let thrown: unknown;
    try {
      act(m);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(VmtbenchError);
    expect((thrown as VmtbenchError).code).toBe(code);
    m.close();
  });

  it('a closed machine says so', () => {
    const m = machine(64, 'f4');
    m.close();
    m.close();
    expect(() => start(m)).toThrow('closed');
  });
});

describe('snapshot and restore', () => {
  // inc dword [rbx]; lock inc dword [rbx+0x1000]; push rax; hlt
  const CODE_BYTES = 'ff03 f0ff8300100000 50 f4';
  const state = (m: Machine): unknown[] => [
    toHex(m.read(DATA, 4)),
    toHex(m.read(DATA + 0x1000n, 4)),
    m.registers.rsp,
    m.registers.get('r8'),
    m.now,
  ];

  it('brings back registers, time and every page that guest or owner changed, in any order', () => {
    const m = machine(64, CODE_BYTES);
    m.registers.rbx = DATA;
    const fresh = m.snapshot();
    const before = state(m);
    start(m);
    const once = m.snapshot();
    const after = state(m);
    expect(after.slice(0, 2)).toEqual(['01000000', '01000000']);
    start(m);
    m.registers.set('r8', 99n);
    m.write(DATA + 0x1800n, hex('ff'));
    expect(state(m)).not.toEqual(after);
    m.restore(once);
    expect(state(m)).toEqual(after);
    expect(m.readUint(DATA + 0x1800n, 1)).toBe(0n);
    m.restore(fresh);
    expect(state(m)).toEqual(before);
    m.restore(once);
    expect(state(m)).toEqual(after);
    start(m);
    m.restore(once);
    expect(state(m)).toEqual(after);
    m.close();
  });

  it('brings back code and mappings', () => {
    const m = machine(64, '48c7c001000000 f4');
    m.map(0x60000n, 0x1000, 'rw');
    m.writeUint(0x60000n, 1, 7n);
    const first = m.snapshot();
    start(m);
    m.write(CODE, hex('48c7c002000000 f4'));
    m.unmap(0x60000n);
    m.map(0x70000n, 0x1000, 'rw');
    start(m);
    expect(m.registers.rax).toBe(2n);
    m.restore(first);
    start(m);
    expect(m.registers.rax).toBe(1n);
    expect([m.isMapped(0x60000n, 1), m.isMapped(0x70000n, 1), m.readUint(0x60000n, 1)]).toEqual([true, false, 7n]);
    m.close();
  });

  it('what lies in poison is not in the digest of memory: it cannot be read', () => {
    const m = machine(64, CODE_BYTES);
    const at = 0x90000n;
    m.map(at, 0x1000, 'rw', 'bytes');
    m.allow(at, 16, true);
    m.write(at, hex('07'));
    const held = m.memoryDigest();
    m.poison(at, 16);
    const poison = m.memoryDigest();
    expect(poison).not.toBe(held);
    m.write(at, hex('08'));
    expect(m.memoryDigest()).toBe(poison);
    m.allow(at, 16, true);
    const other = m.memoryDigest();
    expect(other).not.toBe(held);
    m.write(at, hex('07'));
    expect(m.memoryDigest()).toBe(held);
    m.close();
  });

  it('a digest of memory tells what it holds, and nothing of how that came', () => {
    const m = machine(64, CODE_BYTES);
    m.registers.rbx = DATA;
    const fresh = m.snapshot();
    const before = m.memoryDigest();
    m.write(DATA + 0x800n, hex('00'));
    expect(m.memoryDigest()).toBe(before);
    m.write(DATA + 0x800n, hex('07'));
    const written = m.memoryDigest();
    expect(written).not.toBe(before);
    expect(m.memoryDigest([DATA])).not.toBe(written);
    m.snapshot();
    expect(m.memoryDigest()).toBe(written);
    m.write(DATA + 0x800n, hex('00'));
    expect(m.memoryDigest()).toBe(before);
    // The same byte at the same offset of another page is another state.
    m.write(DATA + 0x1800n, hex('07'));
    expect(m.memoryDigest()).not.toBe(written);
    m.restore(fresh);
    expect(m.memoryDigest()).toBe(before);
    start(m);
    const run = m.memoryDigest();
    m.restore(fresh);
    start(m);
    expect(m.memoryDigest()).toBe(run);
    expect(run).not.toBe(before);
    m.close();
  });

  it('many engines live side by side', () => {
    const machines = Array.from({ length: 20 }, (_, i) => machine(64, `b8${i.toString(16).padStart(2, '0')}000000 f4`));
    for (const m of machines) start(m);
    expect(machines.map((m) => Number(m.registers.rax))).toEqual(machines.map((_, i) => i));
    for (const m of machines) m.close();
  });
});
