import { malformed, truncated } from './errors.ts';

/** Longest symbol or section name that is read, in bytes. */
const NAME_LIMIT = 16384;
/** All names of one file together: overlapping strings must not grow a small file into gigabytes. */
const ALL_NAMES_LIMIT = 64 * 1024 * 1024;

/**
 * Little-endian reads from an object file. Every offset and size in such a file is a claim: each read checks it,
 * and a claim outside the file throws `elf.truncated`.
 */
export class ElfReader {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly is64: boolean;
  readonly #view: DataView;
  #namesRead = 0;

  constructor(name: string, bytes: Uint8Array, is64: boolean) {
    this.name = name;
    this.bytes = bytes;
    this.is64 = is64;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes of an address or an offset in this class of file: 8 or 4. */
  get wordSize(): 4 | 8 {
    return this.is64 ? 8 : 4;
  }

  /** Throws `elf.truncated` unless `size` bytes at `offset` are in the file. */
  check(offset: number, size: number, what: string): void {
    if (offset < 0 || size < 0 || offset + size > this.bytes.length) throw truncated(this.name, what, offset, size);
  }

  u8(offset: number, what: string): number {
    this.check(offset, 1, what);
    return this.#view.getUint8(offset);
  }

  u16(offset: number, what: string): number {
    this.check(offset, 2, what);
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number, what: string): number {
    this.check(offset, 4, what);
    return this.#view.getUint32(offset, true);
  }

  /** An address-sized unsigned value. */
  word(offset: number, what: string): bigint {
    this.check(offset, this.wordSize, what);
    return this.is64 ? this.#view.getBigUint64(offset, true) : BigInt(this.#view.getUint32(offset, true));
  }

  /** An address-sized signed value. */
  signedWord(offset: number, what: string): bigint {
    return BigInt.asIntN(this.wordSize * 8, this.word(offset, what));
  }

  /** An address-sized value that is an offset, a size or a count: a number, or `elf.malformed`. */
  count(offset: number, what: string): number {
    const value = this.word(offset, what);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(this.name, `${what} is 0x${value.toString(16)}`);
    return Number(value);
  }

  /** A view, not a copy. */
  slice(offset: number, size: number, what: string): Uint8Array {
    this.check(offset, size, what);
    return this.bytes.subarray(offset, offset + size);
  }

  /** The NUL-terminated string at `offset` that must end before `end`. */
  string(offset: number, end: number, what: string): string {
    this.check(offset, 1, what);
    const stop = this.bytes.indexOf(0, offset);
    if (offset >= end || stop < 0 || stop >= end) throw malformed(this.name, `${what} has no end`);
    const length = stop - offset;
    this.#namesRead += length;
    if (length > NAME_LIMIT || this.#namesRead > ALL_NAMES_LIMIT) throw malformed(this.name, `${what} is too long`);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + offset, length).toString('latin1');
  }
}
