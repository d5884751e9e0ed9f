import { VmtbenchError } from '../../../src/errors.ts';
import type { HeapMemory } from '../../../src/guest/heap.ts';

/** One mapped piece of memory, for tests that need no processor. */
export class TestMemory implements HeapMemory {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  #used = 0;

  constructor(size = 65536, base = 0x10000n) {
    this.base = base;
    this.bytes = new Uint8Array(size);
  }

  isMapped(address: bigint, size: number): boolean {
    return address >= this.base && address + BigInt(size) <= this.base + BigInt(this.bytes.length);
  }

  read(address: bigint, length: number): Uint8Array {
    return this.bytes.slice(this.#at(address, length), this.#at(address, length) + length);
  }

  write(address: bigint, bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at(address, bytes.length));
  }

  fill(address: bigint, length: number, byte: number): void {
    this.write(address, new Uint8Array(length).fill(byte));
  }

  readUint(address: bigint, size: 1 | 2 | 4 | 8): bigint {
    return this.read(address, size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  writeUint(address: bigint, size: 1 | 2 | 4 | 8, value: bigint): void {
    this.write(
      address,
      Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)),
    );
  }

  readCString(address: bigint, limit = 65536): Uint8Array {
    const start = this.#at(address, 0);
    const end = this.bytes.indexOf(0, start);
    if (end < 0 && start + limit > this.bytes.length) throw this.#unmapped(address);
    return this.bytes.slice(start, Math.min(end < 0 ? this.bytes.length : end, start + limit));
  }

  /** What the heap has given out, byte by byte; nothing is checked by itself. */
  readonly allowed: Set<bigint> = new Set();

  allow(address: bigint, length: number): void {
    for (let i = 0; i < length; i++) this.allowed.add(address + BigInt(i));
  }

  poison(address: bigint, length: number): void {
    for (let i = 0; i < length; i++) this.allowed.delete(address + BigInt(i));
  }

  firstPoisoned(): null {
    return null;
  }

  overruns(): boolean {
    return false;
  }

  permits(address: bigint, length: number): boolean {
    return this.isMapped(address, length);
  }

  firstUnwritten(): null {
    return null;
  }

  returnSlotIn(): null {
    return null;
  }

  /** Puts bytes or a NUL-terminated string somewhere and tells where. */
  put(content: string | Uint8Array): bigint {
    const bytes = typeof content === 'string' ? Buffer.from(`${content}\0`, 'latin1') : content;
    const address = this.base + BigInt(this.#used);
    this.write(address, bytes);
    this.#used += Math.ceil((bytes.length + 1) / 16) * 16;
    return address;
  }

  /** The NUL-terminated text at an address. */
  text(address: bigint): string {
    return Buffer.from(this.readCString(address)).toString('latin1');
  }

  #at(address: bigint, size: number): number {
    if (!this.isMapped(address, size)) throw this.#unmapped(address);
    return Number(address - this.base);
  }

  #unmapped(address: bigint): VmtbenchError {
    return new VmtbenchError('cpu.unmapped', `0x${address.toString(16)} is not mapped`, 'map it');
  }
}
