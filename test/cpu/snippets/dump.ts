import type { Bits } from '../../../src/cpu/index.ts';
import { DUMP_DATA } from './places.ts';

/** How an operand at a fixed address is encoded: the ModRM byte, an SIB byte, the displacement. */
function memory(bits: Bits, reg: number, address: number): number[] {
  const low = [address & 0xff, (address >> 8) & 0xff];
  if (bits === 16) return [(reg << 3) | 6, ...low];
  return bits === 32 ? [(reg << 3) | 5, ...low, 0, 0] : [(reg << 3) | 4, 0x25, ...low, 0, 0];
}

/** The instructions that store a descriptor table register, and the bytes that it takes. */
const TABLES = [
  { name: 'gdtr', opcode: 0x01, reg: 0 },
  { name: 'idtr', opcode: 0x01, reg: 1 },
  { name: 'ldtr', opcode: 0x00, reg: 0 },
  { name: 'tr', opcode: 0x00, reg: 1 },
] as const;

const CONTROL = [0, 2, 3, 4] as const;
const DEBUG = [0, 1, 2, 3, 6, 7] as const;
/** SYSENTER_*, EFER, STAR, LSTAR, CSTAR, SFMASK, the bases of FS and GS. */
const MODEL_SPECIFIC = [
  0x174, 0x175, 0x176, 0xc000_0080, 0xc000_0081, 0xc000_0082, 0xc000_0083, 0xc000_0084, 0xc000_0100, 0xc000_0101,
  0xc000_0102,
] as const;

const FXSAVE_SIZE = 512;
const WORD = 16;

export interface Dump {
  readonly code: Uint8Array;
  /** What stands where in the bytes that the code stores. */
  readonly fields: readonly { readonly name: string; readonly offset: number; readonly size: number }[];
}

function makeDump(bits: Bits): Dump {
  const code: number[] = [];
  const fields: { name: string; offset: number; size: number }[] = [];
  const place = (name: string, size: number): number => {
    const last = fields.at(-1);
    const offset = last === undefined ? 0 : last.offset + Math.ceil(last.size / WORD) * WORD;
    fields.push({ name, offset, size });
    return DUMP_DATA + offset;
  };
  /** 32-bit operands in 16-bit code. */
  const wide = bits === 16 ? [0x66] : [];
  const rex = bits === 64 ? [0x48] : [];
  const storeAx = (name: string): void => {
    code.push(...wide, ...rex, 0x89, ...memory(bits, 0, place(name, 8)));
  };
  // The snippet may have left DS anywhere: xor %ax,%ax; mov %ax,%ds
  if (bits !== 64) code.push(0x31, 0xc0, 0x8e, 0xd8);
  code.push(...rex, 0x0f, 0xae, ...memory(bits, 0, place('fxsave', FXSAVE_SIZE)));
  for (const { name, opcode, reg } of TABLES) code.push(0x0f, opcode, ...memory(bits, reg, place(name, 10)));
  for (const number of CONTROL) {
    code.push(0x0f, 0x20, 0xc0 | (number << 3));
    storeAx(`cr${number}`);
  }
  for (const number of DEBUG) {
    code.push(0x0f, 0x21, 0xc0 | (number << 3));
    storeAx(`dr${number}`);
  }
  for (const number of MODEL_SPECIFIC) {
    const bytes = [0, 8, 16, 24].map((shift) => (number >>> shift) & 0xff);
    code.push(...wide, 0xb9, ...bytes, 0x0f, 0x32);
    storeAx(`msr ${number.toString(16)}`);
    code.push(...wide, 0x89, ...memory(bits, 2, place(`msr ${number.toString(16)} high`, 4)));
  }
  code.push(0xf4);
  return { code: Uint8Array.from(code), fields };
}

const dumps: Readonly<Record<Bits, Dump>> = { 16: makeDump(16), 32: makeDump(32), 64: makeDump(64) };

/**
 * Machine code that stores what the library has no name for: the x87 and SSE registers, the descriptor tables, the
 * control, debug and model-specific registers. It is run after a snippet, and changes registers itself.
 */
export const dumpOf = (bits: Bits): Dump => dumps[bits];
