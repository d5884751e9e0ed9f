/** A global offset table that the loader builds for a relocatable object, one slot an address. */
export class GlobalOffsetTable {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly #slotSize: 4 | 8;
  readonly #slots = new Map<number, number>();

  constructor(address: bigint, capacity: number, slotSize: 4 | 8) {
    this.address = address;
    this.bytes = new Uint8Array(capacity * slotSize);
    this.#slotSize = slotSize;
  }

  /** Offset of the slot of this symbol; filled with its address on the first call. */
  slot(symbolIndex: number, address: bigint): bigint {
    const known = this.#slots.get(symbolIndex);
    const at = known ?? this.#slots.size * this.#slotSize;
    if (known === undefined) {
      this.#slots.set(symbolIndex, at);
      const view = new DataView(this.bytes.buffer);
      if (this.#slotSize === 8) view.setBigUint64(at, BigInt.asUintN(64, address), true);
      else view.setUint32(at, Number(BigInt.asUintN(32, address)), true);
    }
    return BigInt(at);
  }
}
