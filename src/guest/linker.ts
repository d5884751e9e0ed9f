import type { Processor } from '../cpu/index.ts';
import { VmtbenchError } from '../errors.ts';
import { alignUp, PAGE_SIZE } from '../memory.ts';
import {
  type ElfType,
  type Image,
  type ImportedSymbol,
  type ObjectFile,
  placeExecutable,
  placeRelocatable,
  placeShared,
  RELOCATION_TYPES,
  type Resolver,
  type SectionShift,
  SymbolIndex,
} from '../object/index.ts';
import type { StateCell, States } from '../state.ts';
import type { DataSymbol, KernelModel } from './kernel-model.ts';
import { type AddressPlan, SIZES } from './layout.ts';
import type { BoundStub } from './stub.ts';

import { StubArea } from './stub-area.ts';

/** Bytes of data that are checked: beyond that, their shadow would cost more than it tells. */
const CHECKED_LIMIT = 4 * 1024 * 1024;

type Placer = (object: ObjectFile, base: bigint, resolve: Resolver, shift?: SectionShift) => Image;

const PLACERS: Readonly<Record<ElfType, Placer>> = {
  relocatable: placeRelocatable,
  shared: placeShared,
  executable: placeExecutable,
};

/** What the user adds to the system, or puts in the place of its functions. */
export interface OwnSymbols {
  /** Functions, also of the object itself. */
  readonly stubs: ReadonlyMap<string, BoundStub>;
  /** Variables by name, with what they hold. */
  readonly data: ReadonlyMap<string, Uint8Array>;
  /** Gives a zeroed page to each missing symbol. */
  readonly lenient: boolean;
  /** The memory checker is on: what is nobody's among the object's data is poison. */
  readonly checked: boolean;
}

/** Joins an object with the system around it: decides what each import is, and puts all of it into the machine. */
export class Linker {
  readonly stubs: StubArea;
  readonly #object: ObjectFile;
  readonly #plan: AddressPlan;
  readonly #data = new Map<string, bigint>();
  /** The end of what was reserved so far. */
  readonly state: StateCell<{ reserved: bigint }>;
  #image: Image | null = null;
  #symbols: SymbolIndex | null = null;

  constructor(object: ObjectFile, plan: AddressPlan, states: States) {
    this.#object = object;
    this.#plan = plan;
    this.state = states.cell('linker', { reserved: plan.data });
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
    const address = alignUp(this.state.now.reserved, align);
    const end = address + BigInt(size);
    if (end > this.#plan.data + BigInt(SIZES.data)) {
      const hint = 'A driver structure of ordinary size is some kilobytes: is the object damaged?';
      throw new VmtbenchError('guest.data', `${this.#object.name} asks for ${size} bytes of kernel data`, hint);
    }
    this.state.change.reserved = end;
    return address;
  }

  /** The address of a symbol of the object, else of one that the system gives it. */
  symbol(name: string): bigint | null {
    return this.#symbols?.address(name) ?? this.#data.get(name) ?? this.stubs.address(name);
  }

  /** The address of a function that TypeScript serves, whether the object imports it or not. */
  functionAddress(name: string, model: KernelModel): bigint | null {
    const stub = model.stubs.get(name);
    return stub === undefined ? null : this.stubs.stub(stub);
  }

  /** Decides all addresses and maps and writes the object, the stubs and the data symbols. */
  link(machine: Processor, model: KernelModel, own: OwnSymbols): void {
    const copies = copiedSymbols(this.#object);
    const data: Record<string, DataSymbol> = { ...model.data };
    for (const [name, bytes] of own.data) {
      data[name] = { size: bytes.length, init: (address) => machine.write(address, bytes) };
    }
    for (const [name, { size, address }] of Object.entries(data)) {
      this.#data.set(name, copies.get(name) ?? address ?? this.reserve(size));
    }
    const imports = new Map(this.#object.imports.map((symbol) => [symbol.name, symbol]));
    const resolve = (name: string): bigint => this.#resolve(name, imports.get(name), model, own);
    for (const name of imports.keys()) resolve(name);
    this.#image = PLACERS[this.#object.type](this.#object, this.#plan.image, resolve, model.shift);
    this.#symbols = new SymbolIndex(this.#image);
    this.#mapImage(machine, this.#image, own.checked);
    for (const { address, size, bytes } of this.stubs.regions()) {
      machine.map(address, size, 'rx');
      machine.write(address, bytes);
    }
    if (own.lenient) for (const address of this.stubs.missingAddresses) machine.map(address, PAGE_SIZE, 'rw');
    for (const [name, { init }] of Object.entries(data)) init?.(this.#data.get(name) ?? 0n);
    this.#replace(machine, model, own);
    model.loaded(this.#image);
  }

  #mapImage(machine: Processor, { regions, gaps }: Image, checked: boolean): void {
    for (const { address, size, protection, bytes } of regions) {
      const end = address + BigInt(size);
      const inside = gaps.filter((gap) => gap.address >= address && gap.address < end);
      const shadowed = checked && inside.length > 0 && size <= CHECKED_LIMIT;
      machine.map(address, size, protection, shadowed ? 'bytes' : undefined);
      machine.allow(address, size, true);
      if (shadowed) for (const gap of inside) machine.poison(gap.address, gap.size);
      machine.write(address, bytes);
    }
  }

  #resolve(name: string, symbol: ImportedSymbol | undefined, model: KernelModel, own: OwnSymbols): bigint {
    const mine = own.stubs.get(name);
    if (mine !== undefined) return this.stubs.stub(mine);
    const data = this.#data.get(name);
    if (data !== undefined) return data;
    const stub = model.stubs.get(name);
    if (stub !== undefined) return this.stubs.stub(stub);
    const code = model.code?.(name) ?? null;
    if (code !== null) return this.stubs.code(name, code);
    const thunk = this.stubs.thunk(name);
    if (thunk !== null) return thunk;
    return symbol?.weak === true ? 0n : this.stubs.missing(name);
  }

  /**
   * Functions that the object has itself and somebody else serves: the user's, and in a whole kernel, which nobody has
   * booted, those that the system around it knows.
   */
  #replace(machine: Processor, model: KernelModel, own: OwnSymbols): void {
    const functions = new Map(this.image.symbols.flatMap((symbol) => (symbol.function ? [[symbol.name, symbol]] : [])));
    const whole = this.#object.type === 'executable' && !model.facts.userSpace;
    const stubs = new Map([...(whole ? model.stubs : []), ...own.stubs]);
    for (const [name, stub] of stubs) {
      const place = functions.get(name);
      if (place !== undefined) machine.write(place.address, this.stubs.replace(place.address, stub));
    }
  }
}

/** Variables that a program has a copy of (R_*_COPY): its own is then the one that counts. */
function copiedSymbols({ dynamic, machine }: ObjectFile): Map<string, bigint> {
  const copies = new Map<string, bigint>();
  for (const { type, symbol, offset } of dynamic?.relocations ?? []) {
    const name = dynamic?.symbols[symbol]?.name;
    if (name !== undefined && RELOCATION_TYPES[machine].get(type)?.formula === 'copy') copies.set(name, offset);
  }
  return copies;
}
