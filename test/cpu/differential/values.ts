import type { Dice } from '../../support/dice.ts';

/** Where carries, signs and sizes change. */
const EDGES: readonly bigint[] = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x100n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x1_0000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_ffff_ffffn,
  0xffff_ffff_ffff_fffen,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_ffff_ff80n,
  0x5555_5555_5555_5555n,
];

/** Counts of shifts and rotates: around the masks, and around the multiples of the rotates through carry. */
export const COUNTS: readonly number[] = [0, 1, 2, 7, 8, 9, 15, 16, 17, 18, 27, 31, 32, 33, 63, 64, 65, 0x80, 0xff];

const word = (dice: Dice): bigint => BigInt(dice.below(0x1_0000_0000));

export const random64 = (dice: Dice): bigint => (word(dice) << 32n) | word(dice);

/** An edge, an edge below random upper bits, a single bit, or anything. */
export function edge(dice: Dice): bigint {
  const how = dice.below(8);
  if (how < 4) return dice.pick(EDGES);
  if (how === 4) return (random64(dice) & ~0xffffn) | (dice.pick(EDGES) & 0xffffn);
  if (how === 5) return (random64(dice) & ~0xffff_ffffn) | (dice.pick(EDGES) & 0xffff_ffffn);
  if (how === 6) return 1n << BigInt(dice.below(64));
  return random64(dice);
}

/** Fills bytes at random, with one byte, or with two bytes mixed, so that string instructions find equals. */
export function fill(bytes: Uint8Array, dice: Dice): void {
  const how = dice.below(3);
  const letters = [dice.below(256), dice.below(256)] as const;
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = how === 0 ? dice.below(256) : how === 1 ? letters[0] : dice.below(8) === 0 ? letters[1] : letters[0];
  }
}

/** Doubles and floats that round, overflow, vanish or are no numbers. */
const DOUBLES: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  -2.5,
  1 / 3,
  1e308,
  -1e308,
  5e-324,
  2.2e-308,
  3.4e38,
  1e-40,
  2 ** 31,
  -(2 ** 31),
  2 ** 63,
  -(2 ** 63),
  2 ** 53 + 1,
  123456.789,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];

/** 16 bytes for an SSE register: doubles, floats, integers, or anything. */
export function fillVector(view: DataView, offset: number, dice: Dice): void {
  const how = dice.below(4);
  for (let at = 0; at < 16; at += 8) {
    if (how === 0) view.setFloat64(offset + at, dice.pick(DOUBLES), true);
    else if (how === 1) for (const half of [0, 4]) view.setFloat32(offset + at + half, dice.pick(DOUBLES), true);
    else view.setBigUint64(offset + at, how === 2 ? edge(dice) : random64(dice), true);
  }
}
