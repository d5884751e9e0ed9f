import { type StubTable, stub } from '../../guest/index.ts';
import type { UserProcess } from './process.ts';

/** enum xdr_op of rpc/xdr.h */
const [DECODE, FREE] = [1, 2];

/** Longest text or run of bytes that is believed. */
const LIMIT = 1 << 20;

/** Offsets in libtirpc's XDR on amd64: what is done, its functions, the next byte, how many are left. */
const FIELDS = { operation: 0n, functions: 8n, next: 24n, left: 40n } as const;
/** An XDR stream over memory, as xdrmem_create(3) makes it. It only reads: nothing here encodes. */
class Stream {
  readonly #process: UserProcess;
  readonly #at: bigint;

  constructor(process: UserProcess, at: bigint) {
    this.#process = process;
    this.#at = at;
  }

  get operation(): number {
    return Number(this.#process.memory.readUint(this.#at + FIELDS.operation, 4));
  }

  /** The next bytes, whole words of them; null where the stream has no more. */
  take(length: number): Uint8Array | null {
    const { memory } = this.#process;
    const padded = length + (-length & 3);
    const left = Number(memory.readUint(this.#at + FIELDS.left, 4));
    if (padded > left) return null;
    const next = memory.readUint(this.#at + FIELDS.next, 8);
    memory.writeUint(this.#at + FIELDS.left, 4, BigInt(left - padded));
    memory.writeUint(this.#at + FIELDS.next, 8, next + BigInt(padded));
    return memory.read(next, length);
  }

  /** A big-endian number. */
  number(size: 4 | 8): bigint | null {
    return this.take(size)?.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) ?? null;
  }
}

/** A number that takes `wire` bytes in the stream and `size` in memory. */
const number = (wire: 4 | 8, size: 1 | 4 | 8) =>
  stub<UserProcess, readonly ['ptr', 'ptr'], 'int'>('int', ['ptr', 'ptr'], (p, [xdr, to]) => {
    const stream = new Stream(p, xdr);
    if (stream.operation === FREE) return 1;
    const value = stream.operation === DECODE ? stream.number(wire) : null;
    if (value === null) return 0;
    p.memory.writeUint(to, size, value);
    return 1;
  });

/** Bytes with their length before them, into memory of their own where the caller has none; null: they are not there. */
function bytes(p: UserProcess, stream: Stream, pointer: bigint, most: number, nul: number): number | null {
  const length = Number(stream.number(4) ?? LIMIT);
  const content = length > Math.min(most, LIMIT) ? null : stream.take(length);
  if (content === null) return null;
  let to = p.readWord(pointer);
  if (to === 0n) to = p.allocate(length + nul);
  if (to === 0n) return null;
  p.writeWord(pointer, to);
  p.memory.write(to, content);
  if (nul > 0) p.memory.writeUint(to + BigInt(length), 1, 0n);
  return length;
}

function release(p: UserProcess, pointer: bigint): number {
  p.release(p.readWord(pointer));
  p.writeWord(pointer, 0n);
  return 1;
}

/** xdr(3) of libtirpc as far as it reads; xdr_free(3), which calls back, is machine code (thunks.ts). */
export const xdr: StubTable<UserProcess> = {
  xdrmem_create: stub('void', ['ptr', 'ptr', 'uint', 'int'], (p, [at, from, size, operation]) => {
    p.memory.writeUint(at + FIELDS.operation, 4, BigInt(operation));
    // Functions that are not there: the macros of rpc/xdr.h ask.
    p.memory.writeUint(at + FIELDS.functions, 8, p.xdrFunctions);
    p.memory.writeUint(at + FIELDS.next, 8, from);
    p.memory.writeUint(at + FIELDS.left, 4, BigInt(size));
  }),
  xdr_enum: number(4, 4),
  xdr_uint32_t: number(4, 4),
  xdr_char: number(4, 1),
  xdr_uint64_t: number(8, 8),
  xdr_string: stub('int', ['ptr', 'ptr', 'uint'], (p, [at, pointer, most]) => {
    const stream = new Stream(p, at);
    if (stream.operation === FREE) return release(p, pointer);
    return bytes(p, stream, pointer, most, 1) === null ? 0 : 1;
  }),
  xdr_bytes: stub('int', ['ptr', 'ptr', 'ptr', 'uint'], (p, [at, pointer, size, most]) => {
    const stream = new Stream(p, at);
    if (stream.operation === FREE) return release(p, pointer);
    const length = bytes(p, stream, pointer, most, 0);
    if (length === null) return 0;
    p.memory.writeUint(size, 4, BigInt(length));
    return 1;
  }),
};
