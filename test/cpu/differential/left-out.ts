import {
  CpuidFeature,
  EncodingKind,
  FlowControl,
  type Instruction,
  Mnemonic,
  nameOf,
  type OpCodeInfo,
  OpCodeOperandKind,
} from './iced.ts';
import { SSE_FORMS } from './sse-forms.ts';

/** What compilers emit without being asked for a newer processor, and the few extensions that kernels probe for. */
const INTEGER_FEATURES: ReadonlySet<string> = new Set([
  'INTEL8086',
  'INTEL8086_ONLY',
  'INTEL186',
  'INTEL286',
  'INTEL386',
  'INTEL486',
  'X64',
  'CMOV',
  'CX8',
  'CMPXCHG16B',
  'POPCNT',
  'LZCNT',
  'BMI1',
  'MOVBE',
  'ADX',
  'PAUSE',
  'CET_IBT',
  'MULTIBYTENOP',
]);

const SEGMENT_KINDS: ReadonlySet<string> = new Set(['seg_reg', 'es', 'cs', 'ss', 'ds', 'fs', 'gs']);

const SYSTEM: ReadonlySet<string> = new Set(
  'Sldt Str Smsw Sgdt Sidt Lar Lsl Verr Verw Arpl Cpuid Rdtsc Lds Les Lfs Lgs Lss'.split(' '),
);

/** An instruction as the rules below look at it. */
interface Candidate {
  readonly instruction: Instruction;
  readonly info: OpCodeInfo;
  readonly kinds: readonly string[];
}

const mnemonic = ({ info }: Candidate): string => Mnemonic[info.mnemonic] ?? '';

/** Why an instruction has no place in the comparison; the first reason counts. */
export const LEFT_OUT: readonly { readonly reason: string; readonly applies: (candidate: Candidate) => boolean }[] = [
  {
    reason: 'control transfer: the next instruction is elsewhere',
    applies: ({ instruction }) => instruction.flowControl !== FlowControl.Next,
  },
  {
    reason: 'privileged or I/O',
    applies: ({ info }) => info.isPrivileged || info.isInputOutput || !info.cpl3,
  },
  {
    reason: 'system: its answer depends on the system or the processor model',
    applies: (candidate) => SYSTEM.has(mnemonic(candidate)) || candidate.kinds.some((kind) => SEGMENT_KINDS.has(kind)),
  },
  {
    reason: 'the stack pointer is the destination',
    applies: (candidate) => mnemonic(candidate) === 'Leave',
  },
  { reason: 'waits for the x87, which no object here uses', applies: (candidate) => mnemonic(candidate) === 'Wait' },
  { reason: 'the result is undefined', applies: ({ info }) => nameOf(info.code) === 'Bswap_r16' },
  {
    reason: 'AMD and Intel read another size',
    applies: ({ info }) => nameOf(info.code) === 'Movsxd_r16_rm16',
  },
];

/** The kinds of the operands, as iced-x86 names them. */
export const kindsOf = (info: OpCodeInfo): string[] =>
  Array.from({ length: info.opCount }, (_, index) => OpCodeOperandKind[info.opKind(index)] ?? '');

/**
 * Whether an instruction is compared with the real processor: `integer` and `sse` are, anything else is the reason why
 * not. Null: neither an integer instruction nor an SSE instruction that occurs in the objects.
 */
export function classify(instruction: Instruction): { kind: 'integer' | 'sse' } | { reason: string } | null {
  const info = instruction.opCode;
  if (info.encoding !== EncodingKind.Legacy || !info.isInstruction) return null;
  const candidate: Candidate = { instruction, info, kinds: kindsOf(info) };
  const integer = [...instruction.cpuidFeatures()].every((feature) =>
    INTEGER_FEATURES.has(CpuidFeature[feature] ?? ''),
  );
  if (!integer || info.isReservedNop) {
    if (SSE_FORMS.has(nameOf(info.code))) return { kind: 'sse' };
    const outside = LEFT_OUT.slice(0, 3).find(({ applies }) => applies(candidate));
    return outside === undefined ? null : { reason: outside.reason };
  }
  const rule = LEFT_OUT.find(({ applies }) => applies(candidate));
  return rule === undefined ? { kind: 'integer' } : { reason: rule.reason };
}
