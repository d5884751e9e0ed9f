import { damaged } from './errors.ts';

/** One debug section, decompressed, its relocations applied. */
export interface DebugSection {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Longest LEB128 number that is believed: 64 bits take 10 bytes. */
const LEB_LIMIT = 10;

/** Reads little-endian values one after the other. A read beyond the end throws `dwarf.damaged`. */
export class Cursor {
  readonly section: DebugSection;
  readonly end: number;
  at: number;

  constructor(section: DebugSection, at = 0, end: number = section.bytes.length) {
    this.section = section;
    this.at = at;
    this.end = Math.min(end, section.bytes.length);
    if (!(at >= 0 && at <= this.end)) throw damaged(`offset ${at} lies outside ${section.name}`);
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Passes over bytes and tells where they start. */
  skip(size: number): number {
    const at = this.at;
    if (!(size >= 0 && at + size <= this.end)) throw damaged(`${this.section.name} ends too soon`);
    this.at = at + size;
    return at;
  }

  /** A number that may exceed 2^53 comes rounded: only sizes and offsets are used, and those are checked. */
  unsigned(size: 1 | 2 | 3 | 4 | 8): number {
    const at = this.skip(size);
    const { view } = this.section;
    if (size === 1) return view.getUint8(at);
    if (size === 2) return view.getUint16(at, true);
    if (size === 3) return view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
    return size === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
  }

  u8(): number {
    return this.unsigned(1);
  }

  i8(): number {
    return this.section.view.getInt8(this.skip(1));
  }

  address(size: 4 | 8): bigint {
    const at = this.skip(size);
    const { view } = this.section;
    return size === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  }

  uleb(): number {
    let value = 0;
    for (let index = 0, scale = 1; index < LEB_LIMIT; index++, scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw damaged(`an endless number in ${this.section.name}`);
  }

  sleb(): number {
    let value = 0;
    for (let index = 0, scale = 1; index < LEB_LIMIT; index++, scale *= 128) {
      const byte = this.u8();
      const last = byte < 0x80;
      value += ((last && (byte & 0x40) !== 0 ? byte - 0x80 : byte & 0x7f) as number) * scale;
      if (last) return value;
    }
    throw damaged(`an endless number in ${this.section.name}`);
  }

  /** Passes over a NUL-terminated string and tells where it starts. */
  skipString(): number {
    const stop = this.section.bytes.indexOf(0, this.at);
    if (stop < 0 || stop >= this.end) throw damaged(`a string without an end in ${this.section.name}`);
    return this.skip(stop + 1 - this.at);
  }

  /**
   * The length that starts every unit (DWARF 5, 7.4): the unit's end, and whether its offsets take 4 bytes or 8.
   * The unit's end is inside the section.
   */
  initialLength(): { readonly end: number; readonly offsetSize: 4 | 8 } {
    const short = this.unsigned(4);
    const wide = short === 0xffffffff;
    if (!wide && short >= 0xfffffff0) throw damaged(`a unit of reserved length in ${this.section.name}`);
    const length = wide ? this.unsigned(8) : short;
    const end = this.at + length;
    if (end > this.end) throw damaged(`a unit of ${this.section.name} is cut off`);
    return { end, offsetSize: wide ? 8 : 4 };
  }
}
