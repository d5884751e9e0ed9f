import type * as Iced from 'iced-x86';
import type { ObjectFile } from '../elf/object.ts';
import { type Section, SHF_EXECINSTR, SHT_NOBITS } from '../elf/sections.ts';
import { iced } from '../iced.ts';

/** The code between two symbols. Offsets count from the start of its section. */
export interface CodePiece {
  readonly section: Section;
  readonly start: number;
  readonly end: number;
  /** Of the symbol at its start; null where it has none. */
  readonly name: string | null;
  readonly bytes: Uint8Array;
}

/** The sections that hold instructions and are loaded. */
function codeSections(object: ObjectFile): Section[] {
  return object.sections.filter(
    ({ index, type, flags, size }) =>
      (flags & SHF_EXECINSTR) !== 0 && type !== SHT_NOBITS && size > 0 && !object.discarded.has(index),
  );
}

/** All code of an object, cut at its symbols: data between two functions then spoils one piece at most. */
export function codePieces(object: ObjectFile): CodePiece[] {
  const relocatable = object.type === 'relocatable';
  const named = new Map<number, Map<number, string>>();
  for (const { home, value, name, type } of object.symbols) {
    if (typeof home !== 'number' || type === 'section' || type === 'file') continue;
    const section = object.sections[home];
    if (section === undefined) continue;
    const offset = Number(relocatable ? value : value - section.address);
    const places = named.get(home) ?? new Map<number, string>();
    if (type === 'function' || !places.has(offset)) places.set(offset, name);
    named.set(home, places);
  }
  return codeSections(object).flatMap((section) => {
    const places = named.get(section.index) ?? new Map<number, string>();
    const bytes = object.reader.slice(section.offset, section.size, section.name);
    const starts = [...new Set([0, ...places.keys()])]
      .filter((at) => at >= 0 && at < section.size)
      .sort((a, b) => a - b);
    return starts.map((start, index) => {
      const end = starts[index + 1] ?? section.size;
      return { section, start, end, name: places.get(start) ?? null, bytes: bytes.subarray(start, end) };
    });
  });
}

/**
 * Decodes a piece from its start and visits each instruction; skips a byte that begins none.
 * @param visit must not keep the instruction: it is used again.
 */
export function sweep(
  bits: 32 | 64,
  { bytes, start }: CodePiece,
  visit: (instruction: InstanceType<(typeof Iced)['Instruction']>, offset: number) => void,
): void {
  const { Decoder, DecoderOptions, Instruction, Code } = iced();
  const instruction = new Instruction();
  const decoder = new Decoder(bits, bytes, DecoderOptions.None);
  decoder.ip = BigInt(start);
  try {
    while (decoder.canDecode) {
      const at = decoder.position;
      decoder.decodeOut(instruction);
      if (instruction.code !== Code.INVALID) visit(instruction, start + at);
      else {
        decoder.position = at + 1;
        decoder.ip = BigInt(start + at + 1);
      }
    }
  } finally {
    decoder.free();
    instruction.free();
  }
}
