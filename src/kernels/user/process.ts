import type { CheckedMemory, KernelServices } from '../../guest/index.ts';
import { KERNEL_MIX, Random } from '../../random.ts';
import type { HasFormat } from '../common/formatting.ts';
import { giveBack } from '../common/heap-calls.ts';

/** The one process and its one thread that a library runs in. */
export class UserProcess implements HasFormat {
  readonly services: KernelServices;
  readonly memory: CheckedMemory;
  readonly wordSize: 4 | 8;
  /** Address of errno. */
  readonly errno: bigint;
  /** A struct xdr_ops whose functions are not there. */
  readonly xdrFunctions: bigint;
  readonly random: Random;
  /** The module's thread-local block. Known once it is linked. */
  tlsBlock = 0n;

  constructor(services: KernelServices) {
    this.services = services;
    this.memory = services.memory;
    this.wordSize = services.wordSize;
    const state = services.states.cell('process', { random: 0x5553 });
    this.random = new Random(state, KERNEL_MIX);
    this.errno = services.reserve(16);
    this.xdrFunctions = services.reserve(80);
  }

  allocate(size: number, zero = false): bigint {
    const address = this.services.heap.allocate(size, zero);
    if (address === null) this.setErrno(ENOMEM);
    return address ?? 0n;
  }

  release(address: bigint): void {
    if (address !== 0n) giveBack(this.services, 'free()', address);
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
}

/** errno.h */
export const ENOMEM = 12;
export const EINVAL = 22;
