import type * as Iced from 'iced-x86';
import { lazy } from '../lazy.ts';

export type Bits = 16 | 32 | 64;

type Instruction = InstanceType<(typeof Iced)['Instruction']>;

/** The decoder: 2 MB of WebAssembly. */
export const iced: () => typeof Iced = lazy('iced-x86');

/** One instruction, as far as the bench asks. */
export interface Decoded {
  readonly address: bigint;
  readonly length: number;
  readonly instruction: Instruction;
}

/** Decodes the instructions in `bytes` in order; a byte that decodes to nothing ends the list. */
export function decode(bits: Bits, bytes: Uint8Array, address: bigint): Decoded[] {
  const { Code, Decoder, DecoderOptions } = iced();
  const decoder = new Decoder(bits, bytes, DecoderOptions.None);
  decoder.ip = address;
  const list: Decoded[] = [];
  try {
    while (decoder.canDecode) {
      const at = decoder.ip;
      const instruction = decoder.decode();
      if (instruction.code === Code.INVALID) break;
      list.push({ address: at, length: instruction.length, instruction });
    }
  } finally {
    decoder.free();
  }
  return list;
}

/** AT&T syntax, as the BSD and Linux kernels write it. */
export function format(decoded: Decoded): string {
  const { Formatter, FormatterSyntax } = iced();
  const formatter = new Formatter(FormatterSyntax.Gas);
  try {
    return formatter.format(decoded.instruction);
  } finally {
    formatter.free();
  }
}
