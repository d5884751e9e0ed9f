import { type Instruction, OpKind, RegisterExt } from './iced.ts';
import type { Input } from './inputs.ts';
import { OPERANDS, SSE_BEFORE } from './places.ts';
import { fillVector } from './values.ts';

/** In the image of FXRSTOR (Intel SDM volume 1, table 10-2). */
const MXCSR_OFFSET = 24;
const XMM_OFFSET = 160;
const MXCSR_DEFAULT = 0x1f80;
const X87_DEFAULT = 0x37f;

/** An image for FXRSTOR: every rounding, no exception pending or unmasked. */
export function fillSse(input: Input): void {
  const image = input.window(SSE_BEFORE);
  image.setUint16(0, X87_DEFAULT, true);
  image.setUint32(MXCSR_OFFSET, MXCSR_DEFAULT | (input.dice.below(4) << 13), true);
  for (let offset = XMM_OFFSET; offset < XMM_OFFSET + 256; offset += 16) fillVector(image, offset, input.dice);
}

/** Where an SSE register stands in the image of FXRSTOR. */
export const offsetOfXmm = (instruction: Instruction, operand: number): number =>
  XMM_OFFSET + 16 * RegisterExt.number(instruction.opRegister(operand));

/**
 * Of two NaNs the engine takes the larger, as the x87 does, and SSE takes the first: docs/threat-model.md lists that.
 * Here the second operand becomes a number then.
 * @param size bytes of a scalar
 */
export function avoidTwoNans(input: Input, size: 4 | 8): void {
  const { instruction } = input;
  const inMemory = instruction.op1Kind === OpKind.Memory;
  const [image, other] = [input.window(SSE_BEFORE), input.window(inMemory ? OPERANDS : SSE_BEFORE)];
  const place = inMemory ? input.target - OPERANDS.address : offsetOfXmm(instruction, 1);
  const read = (view: DataView, at: number): number =>
    size === 8 ? view.getFloat64(at, true) : view.getFloat32(at, true);
  if (!Number.isNaN(read(image, offsetOfXmm(instruction, 0))) || !Number.isNaN(read(other, place))) return;
  if (size === 8) other.setFloat64(place, 1.5, true);
  else other.setFloat32(place, 1.5, true);
}
