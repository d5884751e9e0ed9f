// Their order is the format of inputs: whoever changes one raises FORMAT.
/** Numbers at which C code goes wrong, and the status words of real hosts. */
const INTERESTING: readonly number[] = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 1023, 1024, 2047, 2048, 4094, 4095, 4096,
  4097, 8191, 8192, 0x7fff, 0x8000, 0xffff, 0x10000, 0x10001, 0x20000, 0x40000, 0x80000, 0x100000, 0x200000, 0x400000,
  0x810000, 0x830000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x564d5868, 0xa9b2a797,
];

/** How four bytes are a number. */
const MODES: readonly ((raw: number) => number)[] = [
  (raw) => raw,
  (raw) => INTERESTING[raw % INTERESTING.length] as number,
  (raw) => (raw & 0xff) * 0x10000,
  (raw) => ((raw << 24) >> 24) >>> 0,
];

/** The mode of a number as it is. */
export const RAW_NUMBER = 0;

export const numberOf = (mode: number, raw: number): number => (MODES[mode & 3] as (raw: number) => number)(raw);

export function readWord(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);
}

export function writeWord(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(at, value >>> 0, true);
}
