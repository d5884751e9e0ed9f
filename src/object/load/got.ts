/** What a slot of the table holds: an address, an offset from the thread pointer, what __tls_get_addr takes. */
export type GotKind = 'address' | 'threadOffset' | 'threadLocal' | 'module';

/** Words of a slot. */
const WORDS: Readonly<Record<GotKind, number>> = { address: 1, threadOffset: 1, threadLocal: 2, module: 2 };

/** How many words these slots need: one slot a kind and symbol, one for the whole module. */
export function gotWords(slots: Iterable<string>): number {
  let words = 0;
  for (const key of slots) words += WORDS[key.split(' ')[0] as GotKind];
  return words;
}

/** Names a slot. */
export function gotKey(kind: GotKind, symbolIndex: number): string {
  return kind === 'module' ? kind : `${kind} ${symbolIndex}`;
}

/** A global offset table that the loader builds for a relocatable object, one slot a kind and symbol. */
export class GlobalOffsetTable {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly #slotSize: 4 | 8;
  readonly #slots = new Map<string, number>();
  #used = 0;

  /** `capacity`: words. */
  constructor(address: bigint, capacity: number, slotSize: 4 | 8) {
    this.address = address;
    this.bytes = new Uint8Array(capacity * slotSize);
    this.#slotSize = slotSize;
  }

  /** Offset of a slot; filled with these words on the first call. */
  slot(kind: GotKind, symbolIndex: number, words: readonly bigint[]): bigint {
    const key = gotKey(kind, symbolIndex);
    const known = this.#slots.get(key);
    if (known !== undefined) return BigInt(known);
    const at = this.#used;
    this.#slots.set(key, at);
    this.#used += words.length * this.#slotSize;
    const view = new DataView(this.bytes.buffer);
    words.forEach((value, index) => {
      const place = at + index * this.#slotSize;
      if (this.#slotSize === 8) view.setBigUint64(place, BigInt.asUintN(64, value), true);
      else view.setUint32(place, Number(BigInt.asUintN(32, value)), true);
    });
    return BigInt(at);
  }
}
