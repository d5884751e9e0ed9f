import { type GuestOutcome, type KernelServices, type StubTable, stub } from '../../guest/index.ts';
import { alignUp } from '../../memory.ts';
import type { Image } from '../../object/index.ts';
import type { Random } from '../random.ts';

/** Bytes of the thread control block that programs look into. */
const TCB_SIZE = 1024;

/** Where the stack protector's canary lies in the thread control block: sysdeps of glibc, by pointer size. */
const CANARY: Readonly<Record<4 | 8, bigint>> = { 8: 0x28n, 4: 0x14n };

/** Functions of a constructor array that are believed. */
const CONSTRUCTOR_LIMIT = 1024;

/**
 * Makes the thread control block (System V ABI TLS, variant II): the thread-local block ends where it starts, its first
 * word points at itself, the canary has its place in it. The segment register points at it.
 * @returns the address of the thread-local block.
 */
export function createThread(services: KernelServices, { tls }: Image, random: Random): bigint {
  const { memory, wordSize } = services;
  const size = tls?.size ?? 0;
  const align = Math.max(64, tls?.align ?? 1);
  const tcb = alignUp(services.reserve(size + TCB_SIZE + align, align) + BigInt(size), align);
  const block = tcb - BigInt(size);
  if (tls !== null) memory.write(block, tls.bytes);
  memory.writeUint(tcb, wordSize, tcb);
  memory.writeUint(tcb + BigInt(2 * wordSize), wordSize, tcb);
  // The canary's first byte in memory is 0, as glibc has it: strings end there.
  const canary = random.bytes(wordSize);
  canary[0] = 0;
  memory.write(tcb + CANARY[wordSize], canary);
  services.setSegmentBase(wordSize === 8 ? 'fs' : 'gs', tcb);
  return block;
}

/** What has a thread-local block. */
interface HasThread {
  readonly tlsBlock: bigint;
  readWord(address: bigint): bigint;
  readonly wordSize: 4 | 8;
}

function threadLocal(thread: HasThread, index: bigint): bigint {
  return thread.tlsBlock + thread.readWord(index + BigInt(thread.wordSize));
}

/** How code asks for the address of a thread-local variable: by the module's number and the offset in its block. */
export const threadLocals: StubTable<HasThread> = {
  __tls_get_addr: stub('ptr', ['ptr'], (thread, [index]) => threadLocal(thread, index)),
  // The i386 compilers' own, which takes its argument in eax.
  ___tls_get_addr: {
    ...stub('ptr', ['ptr'], (thread: HasThread, [index]) => threadLocal(thread, index)),
    regparm: true,
  },
};

/** Runs what comes before everything else: DT_INIT, then the arrays of constructors in their order. */
export function runConstructors(services: KernelServices, { object, base, initArrays }: Image): GuestOutcome | null {
  const { memory, wordSize } = services;
  const functions = initArrays.flatMap(({ address, size }) => {
    const count = Math.min(CONSTRUCTOR_LIMIT, Math.floor(size / wordSize));
    return Array.from({ length: count }, (_, i) => memory.readUint(address + BigInt(i * wordSize), wordSize));
  });
  const init = object.dynamic?.init ?? null;
  for (const first of init === null ? functions : [base + init, ...functions]) {
    const { outcome } = services.call(first, []);
    if (outcome !== null) return outcome;
  }
  return null;
}
