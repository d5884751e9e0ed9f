import { afterEach, describe, expect, test } from 'vitest';
import { type Bench, type BenchOptions, bench } from '../guest/support/bench.ts';
import { debianKernel, type ModuleMachine } from '../guest/support/modules.ts';

const MACHINES: readonly ModuleMachine[] = ['amd64', 'i386'];
const kernels = new Map(MACHINES.map((machine) => [machine, debianKernel(machine)]));

let open: Bench[] = [];

afterEach(() => {
  for (const b of open) b.guest.close();
  open = [];
});

describe.each(MACHINES)("Debian's kernel itself, %s", (machine) => {
  const path = kernels.get(machine) ?? null;

  function load(options: BenchOptions = {}): Bench {
    const b = bench(path ?? '', options);
    open.push(b);
    expect(b.guest.kernel).toBe('linux');
    return b;
  }

  function call(b: Bench, name: string, ...args: bigint[]): number {
    const { outcome, value } = b.guest.call(name, args);
    expect(outcome).toBeNull();
    return Number(BigInt.asIntN(32, value));
  }

  test.skipIf(path === null)('is stripped, has its symbols all the same, and computes', () => {
    const b = load();
    const { object } = b.guest;
    expect(object.sections.some(({ name }) => name === '.symtab')).toBe(false);
    expect(object.symbols.length).toBeGreaterThan(40_000);
    const names = new Set(object.symbols.map(({ name }) => name));
    // Functions only: Debian's i386 is built without CONFIG_KALLSYMS_ALL.
    for (const name of ['_stext', 'int_sqrt', 'vmware_platform', 'vmware_platform_setup']) {
      expect(names).toContain(name);
    }
    expect(call(b, 'int_sqrt', 1_000_000n)).toBe(1000);
    expect(call(b, 'hex_to_bin', BigInt('f'.charCodeAt(0)))).toBe(15);
  });

  test.skipIf(path === null).each(['port', 'vmcall', 'vmmcall'] as const)(
    'asks the host for the processor, %s',
    (hypercall) => {
      const b = load({ host: { hypercall }, machine: { hypercall } });
      const commands: number[] = [];
      b.bus.probe = {
        before: ({ registers }) => {
          commands.push(registers.ecx & 0xffff);
          return null;
        },
        after: () => {},
      };
      const GETVCPU_INFO = 68;
      expect(call(b, 'vmware_legacy_x2apic_available')).toBe(1);
      expect(commands).toEqual([GETVCPU_INFO]);
    },
  );
});
