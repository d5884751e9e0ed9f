import type { GuestMemory } from './guest-memory.ts';
import type { Region } from './memory.ts';
import type { Registers } from './registers.ts';

/**
 * The time stamp counter. The engine reads the real clock for RDTSC and takes no hook on it, so each place where the
 * instruction may stand is trapped before it is first run, and answered from virtual time. Bytes that only look like
 * one are trapped in vain.
 */
export class TscTraps {
  readonly #khz: bigint;
  readonly #trapped = new Set<bigint>();
  /** Found, but not trapped yet. */
  #found: bigint[] = [];

  constructor(khz: number) {
    this.#khz = BigInt(khz);
  }

  /** Code was written there. */
  search(region: Region, offset: number, length: number): void {
    const end = Math.min(region.size, offset + length);
    const code = Buffer.from(region.bytes.buffer, region.bytes.byteOffset, end);
    for (const opcode of OPCODES) {
      // The instruction may have begun in bytes that were there before.
      for (let at = code.indexOf(opcode, Math.max(0, offset - 2)); at !== -1; at = code.indexOf(opcode, at + 1)) {
        const address = region.address + BigInt(at);
        if (this.#trapped.has(address)) continue;
        this.#trapped.add(address);
        this.#found.push(address);
      }
    }
  }

  /** Before a run: sets the traps that are missing, prefixes included. */
  set(trap: (first: bigint, last: bigint) => void): void {
    for (const address of this.#found) trap(address - BigInt(MAX_PREFIXES), address);
    this.#found = [];
  }

  /** At a trap: performs the instruction, if it is one, and goes on behind it. The auxiliary value of RDTSCP is 0. */
  answer(
    machine: Pick<GuestMemory, 'readUpTo'> & { readonly registers: Registers; readonly now: number; timeRead: boolean },
  ): void {
    const { registers } = machine;
    const found = parse(machine.readUpTo(registers.rip, 16));
    if (found === null) return;
    machine.timeRead = true;
    const ticks = (BigInt(Math.trunc(machine.now)) * this.#khz) / 1_000_000n;
    registers.rax = BigInt.asUintN(32, ticks);
    registers.rdx = BigInt.asUintN(32, ticks >> 32n);
    if (found.aux) registers.ecx = 0;
    registers.rip += BigInt(found.length);
  }
}

/** RDTSC and RDTSCP. */
const OPCODES = [Buffer.from([0x0f, 0x31]), Buffer.from([0x0f, 0x01, 0xf9])];
const PREFIXES = new Set([0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65]);
const MAX_PREFIXES = 4;

/** The time stamp instruction that starts at `bytes[0]`, if there is one. */
function parse(bytes: Uint8Array): { readonly length: number; readonly aux: boolean } | null {
  let at = 0;
  while (at < MAX_PREFIXES && isPrefix(bytes[at] ?? 0)) at++;
  if (bytes[at] !== 0x0f) return null;
  if (bytes[at + 1] === 0x31) return { length: at + 2, aux: false };
  if (bytes[at + 1] === 0x01 && bytes[at + 2] === 0xf9) return { length: at + 3, aux: true };
  return null;
}

const isPrefix = (byte: number): boolean => PREFIXES.has(byte) || (byte & 0xf0) === 0x40;
