import type { Registers } from './registers.ts';

/** How the host wants to be called, as CPUID leaf 0x40000010 says. */
export type Hypercall = 'port' | 'vmcall' | 'vmmcall';

export interface CpuidOptions {
  readonly tscKhz: number;
  readonly busKhz: number;
  readonly hypercall: Hypercall;
  /** The twelve characters by which the hypervisor names itself; null: there is none. */
  readonly hypervisor: string | null;
}

type Leaf = readonly [eax: number, ebx: number, ecx: number, edx: number];

const word = (text: string, at: number): number =>
  [3, 2, 1, 0].reduce((value, i) => (value << 8) | (text.charCodeAt(at + i) || 0), 0) >>> 0;

/** Twelve characters in ebx, edx, ecx: leaf 0. */
const vendor = (text: string): readonly [number, number, number] => [word(text, 0), word(text, 8), word(text, 4)];

const BRAND = 'vmtbench virtual processor'.padEnd(48, '\0');
const brand = (part: number): Leaf => [0, 4, 8, 12].map((at) => word(BRAND, part * 16 + at)) as unknown as Leaf;

/** fpu de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2 (Intel SDM, CPUID). */
const FEATURES_EDX = 0x078bfbfd;
/** sse3 and cmpxchg16b. */
const FEATURES_ECX = 0x2001;
const HYPERVISOR_PRESENT = 0x80000000;

/** Hypercall bits of leaf 0x40000010 ecx (open-vm-tools, Linux arch/x86/include/asm/vmware.h). */
const HYPERCALL_BITS: Record<Hypercall, number> = { port: 0, vmmcall: 1, vmcall: 2 };

/** Every leaf that is not zero, as a guest on that hypervisor reads it. */
export function cpuidLeaves(options: CpuidOptions): ReadonlyMap<number, Leaf> {
  const { hypercall, hypervisor } = options;
  const [b, c, d] = vendor(hypercall === 'vmmcall' ? 'AuthenticAMD' : 'GenuineIntel');
  return new Map<number, Leaf>([
    [0, [0x0d, b, c, d]],
    [1, [0x000306a9, 0x00010800, (FEATURES_ECX | (hypervisor === null ? 0 : HYPERVISOR_PRESENT)) >>> 0, FEATURES_EDX]],
    ...(hypervisor === null ? [] : hypervisorLeaves(hypervisor, options)),
    [0x80000000, [0x80000008, b, c, d]],
    [0x80000001, [0, 0, 1, 0x20100800]],
    [0x80000002, brand(0)],
    [0x80000003, brand(1)],
    [0x80000004, brand(2)],
    [0x80000008, [0x3028, 0, 0, 0]],
  ]);
}

/** The leaves of the hypervisor. The timing leaf is VMware's; others took it over. */
function hypervisorLeaves(name: string, { tscKhz, busKhz, hypercall }: CpuidOptions): [number, Leaf][] {
  return [
    [0x40000000, [0x40000010, word(name, 0), word(name, 4), word(name, 8)]],
    [0x40000010, [tscKhz, busKhz, HYPERCALL_BITS[hypercall], 0]],
  ];
}

/** Answers one CPUID instruction: leaf in eax. Leaves that are not there read zero. */
export function answerCpuid(leaves: ReadonlyMap<number, Leaf>, registers: Registers): void {
  const [eax, ebx, ecx, edx] = leaves.get(registers.eax) ?? [0, 0, 0, 0];
  registers.eax = eax;
  registers.ebx = ebx;
  registers.ecx = ecx;
  registers.edx = edx;
}
