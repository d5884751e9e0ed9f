import type { CheckedMemory, KernelServices } from '../../guest/index.ts';
import type { HasFormat } from '../common/formatting.ts';
import { Random } from '../random.ts';

/** The one process and its one thread that a library runs in. */
export class UserProcess implements HasFormat {
  readonly services: KernelServices;
  readonly memory: CheckedMemory;
  readonly wordSize: 4 | 8;
  /** Address of errno. */
  readonly errno: bigint;
  /** A struct xdr_ops whose functions are not there. */
  readonly xdrFunctions: bigint;
  readonly random: Random = new Random(0x5553);
  /** The module's thread-local block. */
  tlsBlock = 0n;

  constructor(services: KernelServices) {
    this.services = services;
    this.memory = services.memory;
    this.wordSize = services.wordSize;
    this.errno = services.reserve(16);
    this.xdrFunctions = services.reserve(80);
  }

  allocate(size: number, zero = false): bigint {
    const address = this.services.heap.allocate(size, zero);
    if (address === null) this.setErrno(ENOMEM);
    return address ?? 0n;
  }

  release(address: bigint): void {
    if (address === 0n) return;
    const result = this.services.heap.free(address);
    const where = `0x${address.toString(16)}`;
    if (result === 'double') this.#fail(address, `free(): ${where} is free already`);
    if (result === 'bad') this.#fail(address, `free(): ${where} was not allocated`);
  }

  /** A new allocation with this content. */
  copyOf(bytes: Uint8Array): bigint {
    const address = this.allocate(bytes.length);
    if (address !== 0n) this.memory.write(address, bytes);
    return address;
  }

  setErrno(value: number): void {
    this.memory.writeUint(this.errno, 4, BigInt(value));
  }

  print(text: string): void {
    this.services.console.print(text);
  }

  panic(message: string): void {
    this.services.fail({ kind: 'panic', message });
  }

  readText(address: bigint): string {
    return address === 0n ? '(null)' : Buffer.from(this.memory.readCString(address, 65536)).toString('latin1');
  }

  readWord(address: bigint): bigint {
    return this.memory.readUint(address, this.wordSize);
  }

  writeWord(address: bigint, value: bigint): void {
    this.memory.writeUint(address, this.wordSize, value);
  }

  #fail(address: bigint, message: string): void {
    this.services.fail({ kind: 'memory', address, message });
  }
}

/** errno.h */
export const ENOMEM = 12;
export const EINVAL = 22;
