import type { Machine } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { ElfType } from './elf/header.ts';
import type { ImportedSymbol, ObjectFile } from './elf/object.ts';
import type { Personality } from './kernels/personality.ts';
import type { BoundStub } from './kernels/stub.ts';
import { type AddressPlan, SIZES } from './layout.ts';
import type { Image, Resolver } from './load/image.ts';
import { placeRelocatable } from './load/relocatable.ts';
import { placeShared } from './load/shared.ts';
import { SymbolIndex } from './load/symbol-index.ts';
import { alignUp } from './memory.ts';
import { StubArea } from './stub-area.ts';

type Placer = (object: ObjectFile, base: bigint, resolve: Resolver) => Image;

const PLACERS: Readonly<Record<ElfType, Placer>> = {
  relocatable: placeRelocatable,
  shared: placeShared,
  executable: (object) => {
    const hint = 'Give the object file that it was linked from, or a shared library.';
    throw new VmtbenchError('elf.type', `${object.name}: linked programs cannot be loaded`, hint);
  },
};

/** Joins an object with the system around it: decides what each import is, and puts all of it into the machine. */
export class Linker {
  readonly stubs: StubArea;
  readonly #object: ObjectFile;
  readonly #plan: AddressPlan;
  readonly #data = new Map<string, bigint>();
  #reserved: bigint;
  #image: Image | null = null;
  #symbols: SymbolIndex | null = null;

  constructor(object: ObjectFile, plan: AddressPlan) {
    this.#object = object;
    this.#plan = plan;
    this.#reserved = plan.data;
    this.stubs = new StubArea(plan);
  }

  get image(): Image {
    if (this.#image === null) throw new Error('the object is not linked yet');
    return this.#image;
  }

  get symbols(): SymbolIndex {
    if (this.#symbols === null) throw new Error('the object is not linked yet');
    return this.#symbols;
  }

  /** A piece of the data area. */
  reserve(size: number, align = 16): bigint {
    const address = alignUp(this.#reserved, align);
    const end = address + BigInt(size);
    if (end > this.#plan.data + BigInt(SIZES.data)) {
      const hint = 'A driver structure of ordinary size is some kilobytes: is the object damaged?';
      throw new VmtbenchError('guest.data', `${this.#object.name} asks for ${size} bytes of kernel data`, hint);
    }
    this.#reserved = end;
    return address;
  }

  /** The address of a symbol of the object, else of one that the system gives it. */
  symbol(name: string): bigint | null {
    return this.#symbols?.address(name) ?? this.#data.get(name) ?? this.stubs.address(name);
  }

  /** The address of a function that TypeScript serves, whether the object imports it or not. */
  functionAddress(name: string, personality: Personality): bigint | null {
    const stub = personality.stubs.get(name);
    return stub === undefined ? null : this.stubs.stub(stub);
  }

  /** Decides all addresses and maps and writes the object, the stubs and the data symbols. */
  link(machine: Machine, personality: Personality, own: ReadonlyMap<string, BoundStub>): void {
    for (const [name, { size }] of Object.entries(personality.data)) this.#data.set(name, this.reserve(size));
    const imports = new Map(this.#object.imports.map((symbol) => [symbol.name, symbol]));
    const resolve = (name: string): bigint => this.#resolve(name, imports.get(name), personality, own);
    for (const name of imports.keys()) resolve(name);
    this.#image = PLACERS[this.#object.type](this.#object, this.#plan.image, resolve);
    this.#symbols = new SymbolIndex(this.#image);
    for (const { address, size, protection, bytes } of this.#image.regions) {
      machine.map(address, size, protection);
      machine.write(address, bytes);
    }
    for (const { address, size, bytes } of this.stubs.regions()) {
      machine.map(address, size, 'rx');
      machine.write(address, bytes);
    }
    for (const [name, { init }] of Object.entries(personality.data)) init?.(this.#data.get(name) ?? 0n);
    personality.loaded(this.#image);
  }

  #resolve(
    name: string,
    symbol: ImportedSymbol | undefined,
    personality: Personality,
    own: ReadonlyMap<string, BoundStub>,
  ): bigint {
    const stub = own.get(name) ?? (this.#data.has(name) ? undefined : personality.stubs.get(name));
    if (stub !== undefined) return this.stubs.stub(stub);
    const known = this.#data.get(name) ?? this.stubs.thunk(name);
    if (known !== null) return known;
    return symbol?.weak === true ? 0n : this.stubs.missing(name);
  }
}
