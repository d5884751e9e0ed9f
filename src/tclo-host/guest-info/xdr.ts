/** What a reader throws at bytes that are no such list; never leaves this folder. */
export class MalformedXdr extends Error {}

const text = new TextDecoder();

/** Reads XDR (RFC 4506): big-endian words, opaque bytes padded to a multiple of four. Bounds come first. */
export class XdrReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  word(): number {
    const at = this.#take(4);
    return this.#view.getUint32(at);
  }

  /** A word of a table, as its value there. */
  choice<T>(table: Readonly<Record<number, T>>): T {
    const value = table[this.word()];
    if (value === undefined) throw new MalformedXdr('a value that is not in its list');
    return value;
  }

  boolean(): boolean {
    return this.choice({ 0: false, 1: true });
  }

  /** Bytes with their length before them. A view. */
  opaque(most: number): Uint8Array {
    const length = this.count(most);
    const at = this.#take(length + (-length & 3));
    return this.#bytes.subarray(at, at + length);
  }

  string(most: number): string {
    return text.decode(this.opaque(most));
  }

  /** Characters of a fixed number, each a word of its own, as rpcgen lays a `char[n]`; text ends at NUL. */
  characters(length: number): string {
    const start = this.#take(4 * length);
    const bytes = Uint8Array.from({ length }, (_, index) => this.#bytes[start + 4 * index + 3] ?? 0);
    const nul = bytes.indexOf(0);
    return text.decode(nul < 0 ? bytes : bytes.subarray(0, nul));
  }

  /** A number of elements, no more than `most`. */
  count(most: number): number {
    const count = this.word();
    if (count > most) throw new MalformedXdr(`${count} elements where ${most} are allowed`);
    return count;
  }

  list<T>(most: number, element: () => T): T[] {
    const count = this.count(most);
    const list: T[] = [];
    for (let index = 0; index < count; index += 1) list.push(element());
    return list;
  }

  /** An XDR pointer: a word that says whether the thing follows. */
  optional<T>(element: () => T): T | null {
    return this.boolean() ? element() : null;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.length - at) throw new MalformedXdr('the list ends early');
    this.#at = at + length;
    return at;
  }
}
