import type { RegisterName } from '../../../src/cpu/index.ts';
import { REGISTER_ORDER } from '../../../src/cpu/index.ts';
import { type CodeBits, Instruction } from './iced.ts';
import { COMPARED_FLAGS } from './inputs.ts';
import { CONDITIONS, SSE_AFTER, SSE_BEFORE, type Window } from './places.ts';
import type { Records } from './record.ts';
import { SETCC, type Snippet } from './snippet.ts';
import { flagsOf } from './undefined.ts';

/** One execution, here and there: the record's number, and where its pieces lie on each side. */
export interface Pair {
  readonly record: number;
  readonly bits: CodeBits;
  readonly bench: Snippet;
  readonly native: Snippet;
  /** Flags that the instruction leaves undefined. */
  readonly undefined: bigint;
  /** A register whose upper half the instruction leaves undefined. */
  readonly half: RegisterName | null;
}

/** The flags that each condition of SETCC looks at. */
const CONDITION_FLAGS: readonly bigint[] = SETCC.map((code) => {
  const instruction = new Instruction();
  instruction.code = code;
  return flagsOf(instruction.rflagsRead);
});

/** In the image of FXSAVE (Intel SDM volume 1, table 10-2). */
const MXCSR = 24;
const MXCSR_MASK = 28;
const ST0 = 32;
const XMM0 = 160;
/** Behind the registers of the mode nothing is defined. */
const SSE_END: Readonly<Record<CodeBits, number>> = { 32: XMM0 + 8 * 16, 64: XMM0 + 16 * 16 };

/**
 * The x87's words but not its last instruction's addresses, the registers but not the reserved bytes between them, and
 * MXCSR but not its exception flags: the engine sets none of these, as docs/threat-model.md says.
 */
function isComparedImage(at: number, bits: CodeBits): boolean {
  if (at >= XMM0) return at < SSE_END[bits];
  if (at >= ST0) return (at - ST0) % 16 < 10;
  return at < 6 || (at > MXCSR && at < MXCSR_MASK);
}

const GENERAL: readonly RegisterName[] = REGISTER_ORDER.filter((name) => name !== 'rip' && name !== 'rflags');

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Which step a run stopped at: its address differs where the same code is encoded for two modes. */
function stepAt(address: bigint, snippet: Snippet): string {
  if (address === snippet.end) return 'the end';
  if (address === snippet.tested) return 'the instruction';
  return address < snippet.tested ? 'before the instruction' : `behind the instruction`;
}

function isCompared(window: Window, at: number, { bits, undefined: unknown }: Pair): boolean {
  if (window === SSE_BEFORE) return false;
  if (window === CONDITIONS) return ((CONDITION_FLAGS[at] as bigint) & unknown) === 0n;
  return window !== SSE_AFTER || isComparedImage(at, bits);
}

/** What differs, a phrase each; the real processor's first. */
export function differences(pair: Pair, native: Records, bench: Records): string[] {
  const { record, bits } = pair;
  const found: string[] = [];
  const ends = [
    [native, pair.native],
    [bench, pair.bench],
  ] as const;
  const [there, here] = ends.map(
    ([records, snippet]) => `vector ${records.vector(record)} at ${stepAt(records.get(record, 'rip'), snippet)}`,
  );
  if (there !== here) found.push(`${there}, in the bench ${here}`);
  for (const name of GENERAL) {
    const size = pair.half === name ? 32 : bits;
    const [real, ours] = [native, bench].map((records) => BigInt.asUintN(size, records.get(record, name)));
    if (real !== ours) found.push(`${name} ${hex(real as bigint)}, in the bench ${hex(ours as bigint)}`);
  }
  const mask = COMPARED_FLAGS & ~pair.undefined;
  const [real, ours] = [native, bench].map((records) => records.get(record, 'rflags') & mask);
  if (real !== ours) found.push(`flags ${hex(real as bigint)}, in the bench ${hex(ours as bigint)}`);
  for (const window of native.windows) {
    const [bytes, others] = [native.window(record, window), bench.window(record, window)];
    if (Buffer.compare(bytes, others) === 0) continue;
    const at = bytes.findIndex((byte, index) => byte !== others[index] && isCompared(window, index, pair));
    if (at < 0) continue;
    const [theirs, mine] = [bytes, others].map((all) => Buffer.from(all.subarray(at, at + 8)).toString('hex'));
    found.push(`bytes at ${hex(BigInt(window.address + at))} ${theirs}, in the bench ${mine}`);
  }
  return found;
}
