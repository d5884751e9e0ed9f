import type { Form } from './forms.ts';
import { Code, type CodeBits, Encoder, Instruction, OpKind } from './iced.ts';
import { CODE_REGION, CONDITIONS, SCRATCH, SSE_AFTER, SSE_BEFORE } from './places.ts';

/** What stands around the instruction: nothing, or a block that sets flags before it and stores conditions behind it. */
export type Context = 'alone' | 'block';

/** Where the pieces of one snippet lie. */
export interface Snippet {
  readonly start: bigint;
  /** The instruction under test. */
  readonly tested: bigint;
  /** The HLT behind everything. */
  readonly end: bigint;
}

/** The 16 conditions, in the order of their bytes in CONDITIONS. */
export const SETCC: readonly Code[] = [
  Code.Seto_rm8,
  Code.Setno_rm8,
  Code.Setb_rm8,
  Code.Setae_rm8,
  Code.Sete_rm8,
  Code.Setne_rm8,
  Code.Setbe_rm8,
  Code.Seta_rm8,
  Code.Sets_rm8,
  Code.Setns_rm8,
  Code.Setp_rm8,
  Code.Setnp_rm8,
  Code.Setl_rm8,
  Code.Setge_rm8,
  Code.Setle_rm8,
  Code.Setg_rm8,
];

/** Instructions on a byte of memory that define every arithmetic flag they write: the engine then knows their kind. */
const FLAG_SETTERS: readonly Code[] = [
  Code.Sub_rm8_imm8,
  Code.Add_rm8_imm8,
  Code.Inc_rm8,
  Code.Cmp_rm8_imm8,
  Code.Neg_rm8,
];

/** An instruction whose first operand lies at a fixed address. */
function onMemory(code: Code, address: number, bits: CodeBits, immediate?: number): Instruction {
  const instruction = new Instruction();
  instruction.code = code;
  instruction.setOpKind(0, OpKind.Memory);
  instruction.memoryDisplacement = BigInt(address);
  instruction.memoryDisplSize = bits / 8;
  if (immediate === undefined) return instruction;
  instruction.setOpKind(1, OpKind.Immediate8);
  instruction.immediate8 = immediate;
  return instruction;
}

/** The instructions before and behind the tested one. */
function around(
  form: Form,
  context: Context,
  bits: CodeBits,
  number: number,
): { before: Instruction[]; behind: Instruction[] } {
  const before = form.sse ? [onMemory(Code.Fxrstor_m512byte, SSE_BEFORE.address, bits)] : [];
  const behind = form.sse ? [onMemory(Code.Fxsave_m512byte, SSE_AFTER.address, bits)] : [];
  if (context === 'alone') return { before, behind };
  const setter = FLAG_SETTERS[number % FLAG_SETTERS.length] as Code;
  const immediate = setter === Code.Inc_rm8 || setter === Code.Neg_rm8 ? undefined : 0x7f;
  before.push(onMemory(setter, SCRATCH.address, bits, immediate));
  for (const [index, code] of SETCC.entries()) behind.push(onMemory(code, CONDITIONS.address + index, bits));
  return { before, behind };
}

const HLT = 0xf4;
const ALIGN = 16;

/** Code of many snippets, one behind the other. */
export class CodeBlock {
  readonly #bytes = new Uint8Array(CODE_REGION.size);
  #length = 0;
  readonly bits: CodeBits;

  constructor(bits: CodeBits) {
    this.bits = bits;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** @returns null where the instruction cannot be encoded so, as ah with REX. */
  add(form: Form, tested: Instruction, context: Context, number: number): Snippet | null {
    const { before, behind } = around(form, context, this.bits, number);
    const start = BigInt(CODE_REGION.address + this.#length);
    const lengths: number[] = [];
    const code = encode(this.bits, [...before, tested, ...behind], start, lengths);
    if (code === null) return null;
    this.#bytes.set(code, this.#length);
    this.#bytes[this.#length + code.length] = HLT;
    this.#length += Math.ceil((code.length + 1) / ALIGN) * ALIGN;
    const place = start + BigInt(lengths.slice(0, before.length).reduce((sum, length) => sum + length, 0));
    return { start, tested: place, end: start + BigInt(code.length) };
  }
}

/** Instructions one behind the other; null where one cannot be encoded. */
function encode(bits: CodeBits, list: readonly Instruction[], start: bigint, lengths: number[]): Uint8Array | null {
  const encoder = new Encoder(bits);
  let at = start;
  try {
    for (const instruction of list) {
      const length = encoder.encode(instruction, at);
      lengths.push(length);
      at += BigInt(length);
    }
    return encoder.takeBuffer();
  } catch {
    return null;
  } finally {
    encoder.free();
  }
}
