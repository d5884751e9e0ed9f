import { type Bits, iced, type RegisterName } from '../../../src/cpu/index.ts';
import { Dice } from '../../support/dice.ts';
import { likelyInstruction } from './opcodes.ts';
import { PLACE_SIZE, PLACES } from './places.ts';

/** What stands around the processor: nothing, the memory checker, or FS and GS with bases. */
export const SETTINGS = ['plain', 'poison', 'segment'] as const;
export type Setting = (typeof SETTINGS)[number];

/** Code to run, and the registers that it starts with. The same seed gives the same. */
export interface Snippet {
  readonly seed: number;
  readonly bits: Bits;
  readonly setting: Setting;
  readonly code: Uint8Array;
  readonly registers: ReadonlyMap<RegisterName, bigint>;
  /** Blocks until the snapshot in its middle. */
  readonly pause: number;
}

const NAMES: readonly RegisterName[] = [
  ...(['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp'] as const),
  ...(['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'] as const),
];

const ARITHMETIC_FLAGS = 0xcd5;
const FIXED_FLAGS = 0x2;

function value(dice: Dice, bits: Bits): bigint {
  const how = dice.below(8);
  const anywhere = BigInt(dice.pick(Object.values(PLACES)) + dice.below(PLACE_SIZE));
  if (how < 4) return anywhere;
  if (how === 4) return BigInt(dice.below(64));
  if (how === 5) return BigInt(dice.pick([0x5658, 0x5659, 0x564d5868, 0xc0000080, 0xc0000100, 0x174, 0x400, 0x1d9]));
  const random = (BigInt(dice.below(2 ** 32)) << 32n) | BigInt(dice.below(2 ** 32));
  return BigInt.asUintN(bits === 64 ? 64 : 32, how === 6 ? random : ~BigInt(dice.below(256)));
}

/** An instruction with a displacement that leads to memory of the snippet, or bytes that are none. */
function likely(bits: Bits, dice: Dice): number[] {
  const { Code, Decoder, DecoderOptions, EncodingKind } = iced();
  for (let tries = 3; ; tries--) {
    const bytes = likelyInstruction(dice);
    const decoder = new Decoder(bits, Uint8Array.from(bytes), DecoderOptions.None);
    try {
      const instruction = decoder.decode();
      const offsets = decoder.getConstantOffsets(instruction);
      const { length, code, encoding } = instruction;
      instruction.free();
      // The engine knows no AVX-512 and few instructions of AVX: most of those would end the snippet.
      if (tries > 0 && (code === Code.INVALID || encoding !== EncodingKind.Legacy)) continue;
      const list = bytes.slice(0, code === Code.INVALID ? 1 + dice.below(bytes.length) : length);
      const { hasDisplacement, displacementOffset: at, displacementSize: size } = offsets;
      if (hasDisplacement && size >= 2 && dice.below(8) !== 0) list.splice(at, size, ...placeAsBytes(size, dice));
      return list;
    } finally {
      decoder.free();
    }
  }
}

function placeAsBytes(size: number, dice: Dice): number[] {
  const place = dice.pick(Object.values(PLACES)) + dice.below(PLACE_SIZE);
  return Array.from({ length: size }, (_, index) => (index < 4 ? (place >>> (8 * index)) & 0xff : 0));
}

const HLT = 0xf4;
/** A jump to the next instruction. */
const NEXT_BLOCK: readonly number[] = [0xeb, 0x00];

function code(dice: Dice, bits: Bits): Uint8Array {
  const bytes: number[] = [];
  if (dice.below(4) === 0) {
    for (let length = 1 + dice.below(24); length > 0; length--) bytes.push(dice.below(256));
  } else {
    for (let count = 1 + dice.below(8); count > 0; count--) {
      bytes.push(...likely(bits, dice));
      if (dice.below(3) === 0) bytes.push(...NEXT_BLOCK);
    }
    if (dice.below(8) === 0) bytes[dice.below(bytes.length)] = dice.below(256);
  }
  return Uint8Array.of(...bytes, HLT);
}

export function snippetOf(seed: number): Snippet {
  const dice = new Dice(seed);
  const bits = dice.pick([16, 32, 64] as const);
  const setting = dice.pick(SETTINGS);
  const registers = new Map<RegisterName, bigint>();
  for (const name of NAMES) if (bits === 64 || !/^r\d/.test(name)) registers.set(name, value(dice, bits));
  registers.set('rsp', BigInt(PLACES.stack + 0x1000 + 8 * dice.below(64)));
  registers.set('rflags', BigInt((dice.below(0x1000) & ARITHMETIC_FLAGS) | FIXED_FLAGS));
  return { seed, bits, setting, registers, pause: 1 + dice.below(3), code: code(dice, bits) };
}
