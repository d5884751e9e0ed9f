import { readFileSync } from 'node:fs';
import { decode } from '../../../src/cpu/index.ts';
import { parseObject } from '../../../src/object/index.ts';
import { formName, type Prefix } from './forms.ts';
import { type CodeBits, type Instruction, nameOf, OpKind } from './iced.ts';
import { classify } from './left-out.ts';

const SHT_PROGBITS = 1;
const SHF_EXECINSTR = 4;

/** What the code of some objects consists of. */
export interface Occurring {
  /** Names of the forms to compare. */
  readonly forms: Set<string>;
  /** By reason, the opcodes that are left out. */
  readonly leftOut: Map<string, Set<string>>;
  /** Opcodes that neither is true of. */
  readonly unknown: Set<string>;
}

function prefixOf(instruction: Instruction): Prefix {
  if (instruction.hasLockPrefix) return 'lock';
  if (!instruction.isStringInstruction) return 'none';
  return instruction.hasRepPrefix ? 'rep' : instruction.hasRepnePrefix ? 'repne' : 'none';
}

/** Whether an operand is in memory, named by the instruction or implied as in string instructions. */
function touchesMemory(instruction: Instruction): boolean {
  for (let operand = 0; operand < instruction.opCount; operand++) {
    if (instruction.opKind(operand) >= OpKind.MemorySegSI) return true;
  }
  return false;
}

function note(instruction: Instruction, bits: CodeBits, { forms, leftOut, unknown }: Occurring): void {
  const kind = classify(instruction);
  const opcode = nameOf(instruction.code);
  if (kind === null) unknown.add(opcode);
  else if ('reason' in kind) leftOut.set(kind.reason, (leftOut.get(kind.reason) ?? new Set()).add(opcode));
  else forms.add(formName(bits, instruction.code, touchesMemory(instruction), prefixOf(instruction)));
}

/** Decodes all code of these objects, one instruction behind the other. */
export function occurringIn(paths: readonly string[]): Occurring {
  const occurring: Occurring = { forms: new Set(), leftOut: new Map(), unknown: new Set() };
  for (const path of paths) {
    const file = readFileSync(path);
    const { bits, sections } = parseObject(file, path);
    for (const { type, flags, offset, size } of sections) {
      if (type !== SHT_PROGBITS || (flags & SHF_EXECINSTR) === 0) continue;
      for (const { instruction } of decode(bits, file.subarray(offset, offset + size), 0n)) {
        note(instruction, bits, occurring);
        instruction.free();
      }
    }
  }
  return occurring;
}
