import { type CheckedMemory, type StubTable, stub } from '../../guest/index.ts';

/** What the string and memory functions work on. */
export interface HasMemory {
  readonly memory: CheckedMemory;
}

const LIMIT = 1 << 20;

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const difference = Buffer.compare(a, b);
  return Number.isNaN(difference) ? 0 : difference;
}

function cString({ memory }: HasMemory, address: bigint, limit = LIMIT): Uint8Array {
  return memory.readCString(address, Math.min(limit, LIMIT));
}

function lower(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
}

function copy({ memory }: HasMemory, from: bigint, to: bigint, length: number): void {
  memory.write(to, memory.read(from, length));
}

function withNul(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 1);
  result.set(bytes);
  return result;
}

/** strlcpy and strlcat: as much as fits, always terminated, the length that was wanted. */
function store({ memory }: HasMemory, at: bigint, room: number, source: Uint8Array): void {
  if (room > 0) memory.write(at, withNul(source.subarray(0, room - 1)));
}

function find(k: HasMemory, address: bigint, byte: number, last: boolean): bigint {
  const bytes = withNul(cString(k, address));
  const index = last ? bytes.lastIndexOf(byte & 0xff) : bytes.indexOf(byte & 0xff);
  return index < 0 ? 0n : address + BigInt(index);
}

/** Strings: ISO C and the BSD additions. */
export const strings: StubTable<HasMemory> = {
  strlen: stub('size', ['ptr'], (k, [s]) => cString(k, s).length),
  strnlen: stub('size', ['ptr', 'size'], (k, [s, limit]) => cString(k, s, limit).length),
  strcmp: stub('int', ['ptr', 'ptr'], (k, [a, b]) => compareBytes(cString(k, a), cString(k, b))),
  strncmp: stub('int', ['ptr', 'ptr', 'size'], (k, [a, b, n]) => compareBytes(cString(k, a, n), cString(k, b, n))),
  strcasecmp: stub('int', ['ptr', 'ptr'], (k, [a, b]) => compareBytes(lower(cString(k, a)), lower(cString(k, b)))),
  strncasecmp: stub('int', ['ptr', 'ptr', 'size'], (k, [a, b, n]) => {
    return compareBytes(lower(cString(k, a, n)), lower(cString(k, b, n)));
  }),
  strlcpy: stub('size', ['ptr', 'ptr', 'size'], (k, [to, from, room]) => {
    const source = cString(k, from);
    store(k, to, room, source);
    return source.length;
  }),
  strlcat: stub('size', ['ptr', 'ptr', 'size'], (k, [to, from, room]) => {
    const have = cString(k, to, room).length;
    const source = cString(k, from);
    store(k, to + BigInt(have), room - have, source);
    return have + source.length;
  }),
  strcpy: stub('ptr', ['ptr', 'ptr'], (k, [to, from]) => {
    k.memory.write(to, withNul(cString(k, from)));
    return to;
  }),
  strcat: stub('ptr', ['ptr', 'ptr'], (k, [to, from]) => {
    k.memory.write(to + BigInt(cString(k, to).length), withNul(cString(k, from)));
    return to;
  }),
  strncpy: stub('ptr', ['ptr', 'ptr', 'size'], (k, [to, from, n]) => {
    const source = cString(k, from, n);
    k.memory.fill(to, n, 0);
    k.memory.write(to, source);
    return to;
  }),
  strchr: stub('ptr', ['ptr', 'int'], (k, [s, c]) => find(k, s, c, false)),
  strrchr: stub('ptr', ['ptr', 'int'], (k, [s, c]) => find(k, s, c, true)),
  strstr: stub('ptr', ['ptr', 'ptr'], (k, [s, what]) => {
    const index = Buffer.from(cString(k, s)).indexOf(cString(k, what));
    return index < 0 ? 0n : s + BigInt(index);
  }),
};

/** Runs of bytes: ISO C and the BSD additions. */
export const bytes: StubTable<HasMemory> = {
  memcmp: stub('int', ['ptr', 'ptr', 'size'], (k, [a, b, n]) => compareBytes(k.memory.read(a, n), k.memory.read(b, n))),
  bcmp: stub('int', ['ptr', 'ptr', 'size'], (k, [a, b, n]) => compareBytes(k.memory.read(a, n), k.memory.read(b, n))),
  memcpy: stub('ptr', ['ptr', 'ptr', 'size'], (k, [to, from, n]) => {
    copy(k, from, to, n);
    return to;
  }),
  memmove: stub('ptr', ['ptr', 'ptr', 'size'], (k, [to, from, n]) => {
    copy(k, from, to, n);
    return to;
  }),
  bcopy: stub('void', ['ptr', 'ptr', 'size'], (k, [from, to, n]) => copy(k, from, to, n)),
  memset: stub('ptr', ['ptr', 'int', 'size'], (k, [to, byte, n]) => {
    k.memory.fill(to, n, byte & 0xff);
    return to;
  }),
  bzero: stub('void', ['ptr', 'size'], (k, [to, n]) => k.memory.fill(to, n, 0)),
  explicit_bzero: stub('void', ['ptr', 'size'], (k, [to, n]) => k.memory.fill(to, n, 0)),
  memchr: stub('ptr', ['ptr', 'int', 'size'], (k, [s, c, n]) => {
    const index = k.memory.read(s, n).indexOf(c & 0xff);
    return index < 0 ? 0n : s + BigInt(index);
  }),
};
