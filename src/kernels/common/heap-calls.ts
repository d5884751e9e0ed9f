import type { KernelServices } from '../../guest/index.ts';
import type { BsdKernel } from './bsd-kernel.ts';

/** Allocations of the kernels' and of the process's: they differ in what they are called and in what they forgive. */

/** An allocation of a BSD's; 0 where there is no room, and a panic of that text where the caller cannot take a 0. */
export function allocate(
  k: BsdKernel,
  size: number,
  zero: boolean,
  mayFail: boolean,
  panic = 'malloc: out of memory',
): bigint {
  const address = k.services.heap.allocate(size, zero);
  if (address === null && !mayFail) k.panic(panic);
  return address ?? 0n;
}

/** Whether an allocation of so many bytes can be given back as one of the size that the caller says. */
type Fits = (allocated: number, said: number) => boolean;

const exactly: Fits = (allocated, said) => allocated === said;

/** Gives an allocation back, and says what is wrong with it by the caller's name. `size`: what the caller says. */
export function release(
  k: BsdKernel,
  caller: string,
  address: bigint,
  size: number | null,
  fits: Fits = exactly,
): void {
  const allocated = giveBack(k.services, caller, address);
  if (allocated === null || size === null || fits(allocated, size)) return;
  const message = `${caller}: ${textOf(address)} has ${allocated} bytes, the caller says ${size}`;
  k.services.fail({ kind: 'memory', address, message });
}

/** The same where nobody says a size. @returns the bytes that it had; null: none began there. */
export function giveBack({ heap, fail }: KernelServices, caller: string, address: bigint): number | null {
  const allocated = heap.sizeOf(address);
  const result = heap.free(address);
  const wrong = (what: string): void =>
    fail({ kind: 'memory', address, message: `${caller}: ${textOf(address)} ${what}` });
  if (result === 'double') wrong('is free already');
  if (result === 'bad') wrong('was not allocated');
  return allocated;
}

const textOf = (address: bigint): string => `0x${address.toString(16)}`;
