import { type StateCell, States, Table, TEXT_KEYS } from '../../state.ts';

/** Bytes of keys and values that the guest-info store holds at most (`tools.setInfo.sizeLimit`, VMware's default). */
export const STORE_LIMIT: number = 1 << 20;

/** Plain data. Values are replaced, never written to. */
export interface StoreState {
  values: Record<string, Uint8Array>;
  /** Of keys and values. */
  bytes: number;
}

/** The `guestinfo.*` variables, shared by the guest (info-get, info-set) and the user of the host. */
export class GuestInfoStore {
  readonly state: StateCell<StoreState>;
  readonly #values: Table<string, Uint8Array>;

  constructor(states: States = new States()) {
    const state = states.cell<StoreState>('store', { values: {}, bytes: 0 });
    this.state = state;
    this.#values = new Table(
      TEXT_KEYS,
      () => state.now.values,
      () => state.change.values,
    );
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** False, and nothing changed, when the store would grow over its limit. */
  set(key: string, value: Uint8Array): boolean {
    const old = this.#values.get(key);
    const bytes = this.state.now.bytes + (old === undefined ? key.length : -old.length) + value.length;
    if (bytes > STORE_LIMIT) return false;
    this.#values.set(key, new Uint8Array(value));
    this.state.change.bytes = bytes;
    return true;
  }

  get size(): number {
    return this.#values.size;
  }

  keys(): string[] {
    return this.#values.keys();
  }
}
