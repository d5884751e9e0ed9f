import { plainBytes } from '../../protocol/index.ts';

/** Bytes of keys and values that the guest-info store holds at most (`tools.setInfo.sizeLimit`, VMware's default). */
export const STORE_LIMIT: number = 1 << 20;

/** The `guestinfo.*` variables, shared by the guest (info-get, info-set) and whoever drives the host. */
export class GuestInfoStore {
  #values: Map<string, Uint8Array> = new Map();
  #bytes = 0;

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  /** False, and nothing changed, when the store would grow over its limit. */
  set(key: string, value: Uint8Array): boolean {
    const old = this.#values.get(key);
    const bytes = this.#bytes + (old === undefined ? key.length : -old.length) + value.length;
    if (bytes > STORE_LIMIT) return false;
    this.#values.set(key, new Uint8Array(value));
    this.#bytes = bytes;
    return true;
  }

  get size(): number {
    return this.#values.size;
  }

  keys(): string[] {
    return [...this.#values.keys()];
  }

  snapshot(): [string, Uint8Array][] {
    // Values are replaced, never written to, so a snapshot may share them.
    return [...this.#values];
  }

  restore(entries: readonly (readonly [string, Uint8Array])[]): void {
    this.#values = new Map(entries.map(([key, value]) => [key, plainBytes(value)]));
    this.#bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  }
}
