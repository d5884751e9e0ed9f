import { type Bits, decode } from './decode.ts';
import { isPortIo } from './sites.ts';

/**
 * The instructions behind port accesses. The engine stops exactly there if it was told so before it translated them:
 * each block is looked at before it first runs, and begins again when the places in it are known.
 */
export class AccessWatch {
  readonly #bits: Bits;
  readonly #known = new Set<bigint>();
  /** Not told to the engine yet: the access and what stands behind it. */
  #found: { readonly access: bigint; readonly next: bigint }[] = [];

  constructor(bits: Bits) {
    this.#bits = bits;
  }

  /** The addon's `onWatch`: how many places in this block are new. */
  look(code: Uint8Array, address: bigint): number {
    const decoded = decode(this.#bits, code, address);
    for (const instruction of decoded.filter(isPortIo)) {
      const next = instruction.address + BigInt(instruction.length);
      if (this.#known.has(next)) continue;
      this.#known.add(next);
      this.#found.push({ access: instruction.address, next });
    }
    for (const { instruction } of decoded) instruction.free();
    return this.#found.length;
  }

  /** Between two runs: has the engine stop there. */
  set(stopBehind: (access: bigint, next: bigint) => void): void {
    for (const { access, next } of this.#found) stopBehind(access, next);
    this.#found = [];
  }
}
