import { hex } from '../hex.ts';
import { DEPTH_LIMIT, type PlainData, RECORD_LIMIT, VALUES_LIMIT } from './format.ts';
import { setMember } from './plain.ts';

/** The bytes end inside the value: it needs `size` bytes, or more. */
export class Shortage {
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
}

/** The bytes are no value of a trace. `at` counts from the first byte of the value. */
export class MalformedTrace {
  readonly at: number;
  readonly reason: string;
  constructor(at: number, reason: string) {
    this.at = at;
    this.reason = reason;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads untrusted MessagePack: nothing is allocated for bytes that are not there, and size, depth and number of
 * values are bounded. Extensions are refused, so are map keys that are no texts: a trace has neither. Source: the
 * MessagePack specification (msgpack.org).
 */
export class ValueDecoder {
  /** After a value: where the next one starts. */
  at = 0;

  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;
  #values = 0;

  /** The value that starts at `start`. Throws {@link Shortage} or {@link MalformedTrace}. */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): PlainData {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    this.#start = start;
    this.#end = end;
    this.#values = 0;
    this.at = start;
    return this.#value(0);
  }

  #value(depth: number): PlainData {
    if (this.#values >= VALUES_LIMIT) throw this.#malformed(`more than ${VALUES_LIMIT} values in one record`);
    this.#values += 1;
    const at = this.#take(1);
    const head = this.#bytes[at] as number;
    if (head < 0x80) return head;
    if (head < 0x90) return this.#map(head & 0xf, depth);
    if (head < 0xa0) return this.#array(head & 0xf, depth);
    if (head < 0xc0) return this.#text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    return this.#long(head, at, depth);
  }

  #long(head: number, at: number, depth: number): PlainData {
    const view = this.#view;
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#unsigned(1 << (head - 0xc4)));
      case 0xca:
        return view.getFloat32(this.#take(4));
      case 0xcb:
        return view.getFloat64(this.#take(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (head - 0xcc));
      case 0xcf:
        return narrow(view.getBigUint64(this.#take(8)));
      case 0xd0:
        return view.getInt8(this.#take(1));
      case 0xd1:
        return view.getInt16(this.#take(2));
      case 0xd2:
        return view.getInt32(this.#take(4));
      case 0xd3:
        return narrow(view.getBigInt64(this.#take(8)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (head - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(2 << (head - 0xdc)), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(2 << (head - 0xde)), depth);
      default:
        this.at = at;
        throw this.#malformed(`byte ${hex(head)} starts no value of a trace`);
    }
  }

  #array(length: number, depth: number): PlainData[] {
    this.#enter(length, depth);
    const items: PlainData[] = [];
    for (let i = 0; i < length; i += 1) items.push(this.#value(depth + 1));
    return items;
  }

  #map(length: number, depth: number): { [key: string]: PlainData } {
    this.#enter(2 * length, depth);
    const map: { [key: string]: PlainData } = {};
    for (let i = 0; i < length; i += 1) {
      const at = this.at;
      const key = this.#value(depth + 1);
      if (typeof key !== 'string') {
        this.at = at;
        throw this.#malformed('a map key that is no text');
      }
      setMember(map, key, this.#value(depth + 1));
    }
    return map;
  }

  /** Checks an array or map before its `values` are read: each of them has one byte at least. */
  #enter(values: number, depth: number): void {
    if (depth >= DEPTH_LIMIT) throw this.#malformed(`data nested deeper than ${DEPTH_LIMIT} levels`);
    if (values > VALUES_LIMIT) throw this.#malformed(`an array or map of ${values} values`);
    if (values > this.#end - this.at) throw this.#shortage(values);
  }

  #text(length: number): string {
    const at = this.#take(length);
    if (length <= 8) {
      let text = '';
      let i = 0;
      for (; i < length; i += 1) {
        const byte = this.#bytes[at + i] as number;
        if (byte >= 0x80) break;
        text += String.fromCharCode(byte);
      }
      if (i === length) return text;
    }
    try {
      return utf8.decode(this.#bytes.subarray(at, at + length));
    } catch {
      this.at = at;
      throw this.#malformed('a text that is not UTF-8');
    }
  }

  #binary(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  #unsigned(size: number): number {
    const at = this.#take(size);
    return size === 1 ? (this.#bytes[at] as number) : size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  /** Steps over `size` bytes that are there. Returns where they start. */
  #take(size: number): number {
    const at = this.at;
    if (size > this.#end - at) throw this.#shortage(size);
    this.at = at + size;
    return at;
  }

  #shortage(more: number): Shortage | MalformedTrace {
    const size = this.at - this.#start + more;
    return size > RECORD_LIMIT ? this.#malformed(`a record of ${size} bytes or more`) : new Shortage(size);
  }

  #malformed(reason: string): MalformedTrace {
    return new MalformedTrace(this.at - this.#start, reason);
  }
}

/** As a number where that is exact. */
function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
