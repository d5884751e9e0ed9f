/**
 * C types of stub functions, as far as the ABI tells them apart. `size` is size_t; int, uint and size arrive as
 * numbers (a size beyond 2^53 loses its low bits, which no guest can have memory for), the others as bigint.
 */
export type ParameterType = 'int' | 'uint' | 'size' | 'long' | 'ulong' | 'ptr' | 'i64' | 'u64';
export type ResultType = ParameterType | 'void';

/** The JavaScript type that goes with a C type. */
export type ValueOf<T> = T extends 'int' | 'uint' | 'size' ? number : bigint;

interface Shape {
  readonly signed: boolean;
  /** `word`: as wide as a pointer. */
  readonly bits: 32 | 64 | 'word';
  readonly number: boolean;
}

const SHAPES: Readonly<Record<ParameterType, Shape>> = {
  int: { signed: true, bits: 32, number: true },
  uint: { signed: false, bits: 32, number: true },
  size: { signed: false, bits: 'word', number: true },
  long: { signed: true, bits: 'word', number: false },
  ulong: { signed: false, bits: 'word', number: false },
  ptr: { signed: false, bits: 'word', number: false },
  i64: { signed: true, bits: 64, number: false },
  u64: { signed: false, bits: 64, number: false },
};

/** Bits of a type on this machine. */
export function bitsOf(type: ParameterType, wordBits: 32 | 64): 32 | 64 {
  const { bits } = SHAPES[type];
  return bits === 'word' ? wordBits : bits;
}

/** A slot's or a slot pair's content as a value of the type. */
export function fromSlot(type: ParameterType, slot: bigint, wordBits: 32 | 64): number | bigint {
  const { signed, number } = SHAPES[type];
  const bits = bitsOf(type, wordBits);
  const value = signed ? BigInt.asIntN(bits, slot) : BigInt.asUintN(bits, slot);
  return number ? Number(value) : value;
}
