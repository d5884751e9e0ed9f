import { VmtbenchError } from '../errors.ts';
import { PAGE_SIZE } from '../memory.ts';
import { type AddressPlan, SIZES } from './layout.ts';
import type { BoundStub } from './stub.ts';

import { thunkCode } from './thunks.ts';

const SLOT = 16;
const HLT = 0xf4;
const THUNK_SLOT = 32;
/** Missing symbols at most. */
const MISSING_LIMIT: number = SIZES.missing / PAGE_SIZE;

/**
 * The addresses of everything that the object does not define itself: functions that TypeScript serves (a HLT each),
 * compiler helpers (machine code), and missing symbols, which lie in memory that is not mapped.
 */
export class StubArea {
  /** Where calls return to: the first HLT. */
  readonly returnAddress: bigint;
  readonly #plan: AddressPlan;
  readonly #stubs: BoundStub[] = [];
  readonly #addresses = new Map<string, bigint>();
  /** A slot each, or several: the empty ones behind it. */
  readonly #thunks: Uint8Array[] = [];
  readonly #missing: string[] = [];
  /** Functions of the object itself that a stub stands for: a HLT at their first byte. */
  readonly #replaced = new Map<bigint, BoundStub>();

  constructor(plan: AddressPlan) {
    this.#plan = plan;
    this.returnAddress = plan.stubs;
  }

  /** The address of a function that `stub` serves; the same at every call. */
  stub(stub: BoundStub): bigint {
    return this.#once(stub.name, () => {
      this.#stubs.push(stub);
      return this.#plan.stubs + BigInt(this.#stubs.length * SLOT);
    });
  }

  /** The address of a compiler helper, null if the name is none. */
  thunk(name: string): bigint | null {
    const code = thunkCode(name);
    return code === null ? null : this.code(name, code);
  }

  /** The address of a function in machine code. */
  code(name: string, code: Uint8Array): bigint {
    return this.#once(name, () => {
      const address = this.#plan.thunks + BigInt(this.#thunks.length * THUNK_SLOT);
      const slots = Math.ceil(code.length / THUNK_SLOT);
      this.#thunks.push(code, ...Array.from({ length: slots - 1 }, () => new Uint8Array(0)));
      return address;
    });
  }

  /** An address for a missing symbol. */
  missing(name: string): bigint {
    if (this.#missing.length >= MISSING_LIMIT) {
      const hint = 'Give one object and not a whole system.';
      throw new VmtbenchError('guest.symbols', `more than ${MISSING_LIMIT} unknown symbols`, hint);
    }
    return this.#once(name, () => this.#plan.missing + BigInt((this.#missing.push(name) - 1) * PAGE_SIZE));
  }

  /** Serves a function of the object itself. @returns what to write over its first byte. */
  replace(address: bigint, stub: BoundStub): Uint8Array {
    this.#replaced.set(address, stub);
    return Uint8Array.of(HLT);
  }

  /** Addresses of the missing symbols. */
  get missingAddresses(): bigint[] {
    return this.#missing.map((_, index) => this.#plan.missing + BigInt(index * PAGE_SIZE));
  }

  /** The stub whose HLT is at this address. */
  stubAt(address: bigint): BoundStub | null {
    const offset = Number(address - this.#plan.stubs);
    if (offset < 0 || offset >= SIZES.stubs) return this.#replaced.get(address) ?? null;
    return offset > 0 && offset % SLOT === 0 ? (this.#stubs[offset / SLOT - 1] ?? null) : null;
  }

  /** The unknown symbol that an address belongs to. */
  missingAt(address: bigint): string | null {
    const offset = address - this.#plan.missing;
    return offset < 0n ? null : (this.#missing[Number(offset / BigInt(PAGE_SIZE))] ?? null);
  }

  /** Name of a stub, helper or unknown symbol at exactly this address. */
  nameAt(address: bigint): string | null {
    for (const [name, at] of this.#addresses) if (at === address) return name;
    return null;
  }

  address(name: string): bigint | null {
    return this.#addresses.get(name) ?? null;
  }

  /** What to map and write before the guest runs: HLTs and helpers. */
  regions(): { readonly address: bigint; readonly size: number; readonly bytes: Uint8Array }[] {
    const needed = (this.#stubs.length + 1) * SLOT;
    if (needed > SIZES.stubs || this.#thunks.length * THUNK_SLOT > SIZES.thunks) {
      throw new VmtbenchError(
        'guest.symbols',
        'too many imported functions',
        'Give one object and not a whole system.',
      );
    }
    const thunks = new Uint8Array(SIZES.thunks).fill(0xcc);
    for (const [index, code] of this.#thunks.entries()) thunks.set(code, index * THUNK_SLOT);
    return [
      { address: this.#plan.stubs, size: SIZES.stubs, bytes: new Uint8Array(SIZES.stubs).fill(HLT) },
      { address: this.#plan.thunks, size: SIZES.thunks, bytes: thunks },
    ];
  }

  #once(name: string, make: () => bigint): bigint {
    const known = this.#addresses.get(name);
    const address = known ?? make();
    if (known === undefined) this.#addresses.set(name, address);
    return address;
  }
}
