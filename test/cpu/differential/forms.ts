import { Code, type CodeBits, Instruction, nameOf } from './iced.ts';
import { classify, kindsOf } from './left-out.ts';

export type Prefix = 'none' | 'lock' | 'rep' | 'repne';

/** An instruction form: an opcode in one mode, with its operand in a register or in memory, and a prefix. */
export interface Form {
  /** `64 Add_rm32_r32 memory lock`: stable, for tables. */
  readonly name: string;
  readonly bits: CodeBits;
  readonly code: Code;
  readonly kinds: readonly string[];
  /** The operand that may be either is in memory, or the instruction has one in memory anyway. */
  readonly memory: boolean;
  readonly prefix: Prefix;
  /** Works on the SSE registers. */
  readonly sse: boolean;
}

/** Operands that are in memory whatever else the instruction has. */
const IN_MEMORY: ReadonlySet<string> = new Set(['mem', 'mem_offs', 'es_rDI', 'seg_rSI', 'seg_rBX_al']);

/** What a form is called. */
export function formName(bits: CodeBits, code: Code, memory: boolean, prefix: Prefix): string {
  const words = [bits, nameOf(code), memory ? 'memory' : '', prefix === 'none' ? '' : prefix];
  return words.filter((word) => word !== '').join(' ');
}

function makeForm(bits: CodeBits, code: Code, memory: boolean, prefix: Prefix, sse: boolean): Form {
  const shape = new Instruction();
  shape.code = code;
  return { name: formName(bits, code, memory, prefix), bits, code, kinds: kindsOf(shape.opCode), memory, prefix, sse };
}

function formsOf(bits: CodeBits, code: Code): Form[] {
  const shape = new Instruction();
  shape.code = code;
  const info = shape.opCode;
  const kind = classify(shape);
  if (kind === null || 'reason' in kind || !(bits === 64 ? info.mode64 : info.mode32)) return [];
  const kinds = kindsOf(info);
  const either = kinds.some((operand) => operand.endsWith('_or_mem'));
  const inMemory = kinds.some((operand) => IN_MEMORY.has(operand));
  const places = either ? [false, true] : [inMemory];
  return places.flatMap((memory) => {
    const prefixes: Prefix[] = ['none'];
    if (info.canUseLockPrefix && memory) prefixes.push('lock');
    if (info.canUseRepPrefix && shape.isStringInstruction) prefixes.push('rep');
    if (info.canUseRepnePrefix && shape.isStringInstruction) prefixes.push('repne');
    return prefixes.map((prefix) => makeForm(bits, code, memory, prefix, kind.kind === 'sse'));
  });
}

const CODES: readonly Code[] = Object.values(Code).filter((code): code is Code => typeof code === 'number');

/** Every form of one mode: a systematic table, made from iced-x86's. */
export function allForms(bits: CodeBits): Form[] {
  return CODES.flatMap((code) => formsOf(bits, code));
}
