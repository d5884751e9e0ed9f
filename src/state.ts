/**
 * States are data. A part that a run changes keeps what it changes in one plain object, and holds it in a
 * {@link StateCell}. A snapshot is that object itself: it is copied at the first change after it was taken or gone back
 * to, so that what does not change is shared, and costs nothing. The object's identity is its version.
 *
 * A state is an object or an array whose values are primitives, bytes, or containers of such: arrays and plain objects.
 * What lies in a container is replaced, never written to; a part for which that does not hold has its cell copy deeply.
 */
import { VmtbenchError } from './errors.ts';
import { copyState, firstStrange, isObject } from './plain.ts';

type Primitive = string | number | bigint | boolean | null | undefined;

/** A state to be looked at only. */
export type Seen<T> = T extends Primitive | Uint8Array ? T : { readonly [K in keyof T]: Seen<T[K]> };

/** How far a state is copied: its containers, or all that lies in them, too. */
export type Depth = 'containers' | 'whole';

/** The state of one part. */
export class StateCell<T extends object> {
  readonly #levels: number;
  #state: T;
  /** A snapshot has it, too. */
  #shared = false;

  constructor(initial: T, depth: Depth = 'containers') {
    this.#levels = depth === 'whole' ? Number.POSITIVE_INFINITY : 2;
    this.#state = copyState(initial, this.#levels);
  }

  /** The state as it is: to be looked at now. */
  get now(): Seen<T> {
    return this.#state as Seen<T>;
  }

  /** The state, to be changed now: do not keep it, or a later write changes snapshots. */
  get change(): T {
    if (this.#shared) {
      this.#state = copyState(this.#state, this.#levels);
      this.#shared = false;
    }
    return this.#state;
  }

  /** To go back to; only to be looked at. */
  snapshot(): T {
    this.#shared = true;
    return this.#state;
  }

  /** Takes over a state that {@link snapshot} gave, or one like it that nobody writes to. */
  restore(state: T): void {
    this.#state = state;
    this.#shared = true;
  }
}

/** What the parts of one whole are at, by their names. */
export type PartStates = Readonly<Record<string, object>>;

/** The states of all parts of one whole: a part that makes its cell here is in every snapshot. */
export class States {
  readonly #cells: [name: string, cell: StateCell<object>][] = [];
  /** Snapshots of its own, which nobody else writes to. */
  readonly #given = new WeakSet<PartStates>();

  /** A new part. @param initial what it begins with; it is copied. */
  cell<T extends object>(name: string, initial: T, depth: Depth = 'containers'): StateCell<T> {
    if (this.#cells.some(([other]) => other === name)) throw new Error(`two parts keep their state as ${name}`);
    const cell = new StateCell(initial, depth);
    this.#cells.push([name, cell as unknown as StateCell<object>]);
    return cell;
  }

  /** What the parts are at, to be looked at now: plain data. */
  get now(): PartStates {
    const states: Record<string, object> = {};
    for (const [name, cell] of this.#cells) states[name] = cell.now;
    return states;
  }

  /** To go back to: plain data, only to be looked at. */
  snapshot(): PartStates {
    const states: Record<string, object> = {};
    for (const [name, cell] of this.#cells) states[name] = cell.snapshot();
    this.#given.add(states);
    return states;
  }

  /**
   * Back to a snapshot of this whole, or of another one with the same parts; one that was stored and read again is copied.
   * @throws VmtbenchError `state` for what is none.
   */
  restore(snapshot: unknown): void {
    const states = this.#given.has(snapshot as PartStates) ? (snapshot as PartStates) : this.#foreign(snapshot);
    for (const [name, cell] of this.#cells) cell.restore(states[name] as object);
  }

  #foreign(snapshot: unknown): PartStates {
    const hint = 'Give what snapshot() returned, or a copy of it with the same types.';
    const strange = firstStrange(snapshot, 'the state');
    if (strange !== null) throw new VmtbenchError('state', strange, hint);
    const missing = this.#cells.find(([name]) => !isObject((snapshot as Record<string, unknown> | null)?.[name]));
    if (missing !== undefined) throw new VmtbenchError('state', `the state has no part ${missing[0]}`, hint);
    return copyState(snapshot as PartStates, Number.POSITIVE_INFINITY);
  }
}

/** A map whose entries are plain data: a view of a plain object in a state, for a key of whatever type. */
export class Table<K, V> {
  readonly #keys: TableKeys<K>;
  readonly #now: () => Readonly<Record<string, V>>;
  readonly #change: () => Record<string, V>;

  /** @param now the object as it is. @param change the same, to be changed. */
  constructor(keys: TableKeys<K>, now: () => Readonly<Record<string, V>>, change: () => Record<string, V>) {
    this.#keys = keys;
    this.#now = now;
    this.#change = change;
  }

  get size(): number {
    return Object.keys(this.#now()).length;
  }

  get(key: K): V | undefined {
    return this.#now()[this.#keys.write(key)];
  }

  has(key: K): boolean {
    return this.#now()[this.#keys.write(key)] !== undefined;
  }

  /** A new key goes to the end. */
  set(key: K, value: V): void {
    this.#change()[this.#keys.write(key)] = value;
  }

  /** @returns whether it was there. */
  delete(key: K): boolean {
    if (!this.has(key)) return false;
    delete this.#change()[this.#keys.write(key)];
    return true;
  }

  clear(): void {
    for (const key of this.keys()) this.delete(key);
  }

  keys(): K[] {
    return Object.keys(this.#now()).map(this.#keys.read);
  }

  values(): V[] {
    return Object.values(this.#now());
  }

  entries(): [K, V][] {
    return Object.entries(this.#now()).map(([key, value]) => [this.#keys.read(key), value]);
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries()[Symbol.iterator]();
  }
}

/**
 * How a table's keys are written in its object. Never as a number, which would come before all others, nor as a name
 * that objects have of their own, whatever a guest calls its things.
 */
export interface TableKeys<K> {
  readonly write: (key: K) => string;
  readonly read: (text: string) => K;
}

/** Guest addresses. */
export const ADDRESS_KEYS: TableKeys<bigint> = { write: (key) => `0x${key.toString(16)}`, read: BigInt };

export const TEXT_KEYS: TableKeys<string> = { write: (key) => `=${key}`, read: (text) => text.slice(1) };

export const NUMBER_KEYS: TableKeys<number> = { write: (key) => `=${key}`, read: (text) => Number(text.slice(1)) };
