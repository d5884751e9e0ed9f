import { decode } from '../../cpu/index.ts';
import { VmtbenchError } from '../../errors.ts';
import type { CopiedCode, KernelServices } from '../../guest/index.ts';
import type { Image } from '../../object/index.ts';
import type { LinuxKernel } from './kernel.ts';

/** One entry of .altinstructions (arch/x86/include/asm/alternative.h). */
interface Alternative {
  readonly instruction: bigint;
  readonly replacement: bigint;
  readonly feature: number;
  /** Replace where the processor does not have the feature. */
  readonly not: boolean;
  readonly length: number;
  readonly replacementLength: number;
}

/** Where an entry's fields lie: 12 bytes since 5.13, one of padding more before, 14 with 32 bits of flags since 6.3. */
const LAYOUTS = [
  { size: 12, lengths: 10, notBit: 15 },
  { size: 13, lengths: 10, notBit: 15 },
  { size: 14, lengths: 12, notBit: 16 },
] as const;

/** arch/x86/include/asm/cpufeatures.h: what the kernel sets where the host says so in leaf 0x40000010. */
const X86_FEATURE_VMCALL = 8 * 32 + 18;
const X86_FEATURE_VMMCALL = 8 * 32 + 19;
const HYPERVISOR_LEAF = 0x40000010;
const VMWARE_FEATURES_ECX_VMMCALL = 1;
const VMWARE_FEATURES_ECX_VMCALL = 2;

/** Words of the feature bitmap that are CPUID's own registers. */
const CPUID_WORDS: readonly (readonly [word: number, leaf: number, register: 'eax' | 'ebx' | 'ecx' | 'edx'])[] = [
  [0, 0x00000001, 'edx'],
  [1, 0x80000001, 'edx'],
  [4, 0x00000001, 'ecx'],
  [6, 0x80000001, 'ecx'],
  [9, 0x00000007, 'ebx'],
];

const NOP = 0x90;

/**
 * Replaces instructions by what suits the processor better, as the kernel does with a fresh module.
 * @returns which were replaced.
 * @throws VmtbenchError `linux.alternatives` for a table that points anywhere else than into the module's code.
 */
export function applyAlternatives(k: LinuxKernel, image: Image): CopiedCode[] {
  const table = image.sections.find(({ name }) => name === '.altinstructions');
  if (table === undefined || table.size === 0) return [];
  const entries = readEntries(k, image, table);
  const has = featuresOf(k.services);
  const chosen = entries.filter((entry) => has(entry.feature) !== entry.not);
  for (const entry of chosen) k.memory.write(entry.instruction, replacementOf(k, entry));
  return chosen.map(({ instruction, replacement, length, replacementLength }) => ({
    from: replacement,
    length: replacementLength,
    to: instruction,
    replaced: length,
  }));
}

function readEntries(k: LinuxKernel, image: Image, table: { address: bigint; size: number }): Alternative[] {
  const inside = (address: bigint, size: number): boolean =>
    image.sections.some(
      (s) => s.executable && address >= s.address && address + BigInt(size) <= s.address + BigInt(s.size),
    );
  for (const layout of LAYOUTS) {
    if (table.size % layout.size !== 0) continue;
    const entries = Array.from({ length: table.size / layout.size }, (_, i) =>
      readEntry(k, table.address + BigInt(i * layout.size), layout),
    );
    const sound = entries.every(
      (e) =>
        e.replacementLength <= e.length &&
        inside(e.instruction, e.length) &&
        inside(e.replacement, e.replacementLength),
    );
    if (sound) return entries;
  }
  const message = `${image.object.name}: .altinstructions of ${table.size} bytes does not point into the code`;
  const hint = 'Run the code as it was compiled: --no-alternatives.';
  throw new VmtbenchError('linux.alternatives', message, hint);
}

function readEntry({ memory }: LinuxKernel, at: bigint, { lengths, notBit }: (typeof LAYOUTS)[number]): Alternative {
  const relative = (offset: bigint): bigint => {
    return BigInt.asUintN(64, at + offset + BigInt.asIntN(32, memory.readUint(at + offset, 4)));
  };
  const flags = Number(memory.readUint(at + 8n, 4));
  const byte = (offset: number): number => Number(memory.readUint(at + BigInt(offset), 1));
  return {
    instruction: relative(0n),
    replacement: relative(4n),
    feature: flags & (notBit === 16 ? 0xffff : 0x7fff),
    not: ((flags >>> notBit) & 1) === 1,
    length: byte(lengths),
    replacementLength: byte(lengths + 1),
  };
}

function featuresOf({ cpuid, wordSize }: KernelServices): (feature: number) => boolean {
  const words = new Map(CPUID_WORDS.map(([word, leaf, register]) => [word, cpuid(leaf)[register]]));
  const calls = cpuid(HYPERVISOR_LEAF).ecx;
  const synthetic = new Map([
    [X86_FEATURE_VMCALL, (calls & VMWARE_FEATURES_ECX_VMCALL) !== 0],
    [X86_FEATURE_VMMCALL, (calls & VMWARE_FEATURES_ECX_VMMCALL) !== 0],
    // Long mode is a feature that a 32-bit kernel does not use.
    [1 * 32 + 29, wordSize === 8],
  ]);
  return (feature) => synthetic.get(feature) ?? (((words.get(feature >> 5) ?? 0) >>> (feature & 31)) & 1) === 1;
}

/** The new code, with jumps and calls out of it as they must be at the new place, and filled up with NOPs. */
function replacementOf({ memory, wordSize }: LinuxKernel, entry: Alternative): Uint8Array {
  const code = new Uint8Array(entry.length).fill(NOP);
  const bytes = memory.read(entry.replacement, entry.replacementLength);
  code.set(bytes);
  const moved = Number(BigInt.asIntN(64, entry.replacement - entry.instruction));
  const view = new DataView(code.buffer);
  for (const { address, length, instruction } of decode(wordSize === 8 ? 64 : 32, bytes, entry.replacement)) {
    const branch = instruction.isCallNear || instruction.isJmpNear || instruction.isJccNear;
    if (!branch && !instruction.isIpRelMemoryOperand) continue;
    const target = branch ? instruction.nearBranchTarget : instruction.ipRelMemoryAddress;
    const last = entry.replacement + BigInt(entry.replacementLength);
    if (target >= entry.replacement && target < last) continue;
    const start = Number(address - entry.replacement);
    const displacement = Number(BigInt.asIntN(32, target - address - BigInt(length)));
    for (let at = start + 1; at + 4 <= start + length; at++) {
      if (view.getInt32(at, true) !== displacement) continue;
      view.setInt32(at, displacement + moved, true);
      break;
    }
  }
  return code;
}
