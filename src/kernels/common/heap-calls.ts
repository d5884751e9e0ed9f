import type { BsdKernel } from './bsd-kernel.ts';

/** An allocation of the kernel's heap; 0 where there is no room, and a panic where the caller cannot take a 0. */
export function allocate(k: BsdKernel, size: number, zero: boolean, mayFail: boolean): bigint {
  const address = k.services.heap.allocate(size, zero);
  if (address === null && !mayFail) k.panic('malloc: out of memory');
  return address ?? 0n;
}

/** Gives an allocation back, and says what is wrong with it by the caller's name. `size`: what the caller says. */
export function release(k: BsdKernel, caller: string, address: bigint, size: number | null): void {
  const { heap } = k.services;
  const allocated = heap.sizeOf(address);
  const where = `0x${address.toString(16)}`;
  const fail = (what: string): void =>
    k.services.fail({ kind: 'memory', address, message: `${caller}: ${where} ${what}` });
  const result = heap.free(address);
  if (result === 'double') fail('is free already');
  if (result === 'bad') fail('was not allocated');
  if (allocated !== null && size !== null && size !== allocated) {
    fail(`has ${allocated} bytes, the caller says ${size}`);
  }
}
