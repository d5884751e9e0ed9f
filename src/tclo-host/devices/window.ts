import { plainBytes } from '../../protocol/index.ts';
import type { RemovableDevice } from '../identity.ts';

/** Longest selection, bytes, either way. Source: open-vm-tools copyPasteCompatX11.c (65536 - 100). */
export const SELECTION_LIMIT: number = 65536 - 100;

/** Pages that MKS_GUEST_STATS keeps; further ones are forgotten. ASSUMED: how many VMware takes. */
export const STATS_PAGES_LIMIT = 64;

/** GUI option: selections are exchanged. */
const VMWARE_GUI_EXCHANGE_SELECTIONS = 0x10;

/** Both halves of GETPTRLOCATION while the pointer is outside: -100 in 16 bits. Source: a log of real VMware. */
const OUTSIDE = 0xff9b;

/** Entry of the device list: name[32], number, one byte connected, padded. Source: removable_device.h. */
const ENTRY_SIZE = 40;
const NAME_SIZE = 32;

const MKS_GUEST_STATS_RESET = 0;
const MKS_GUEST_STATS_ADD = 1;
const MKS_GUEST_STATS_REMOVE = 2;

/** Plain data. */
export interface WindowState {
  pointerX: number;
  pointerY: number;
  guiOptions: number;
  offer: Uint8Array | null;
  offerAt: number;
  incoming: Uint8Array | null;
  incomingAt: number;
  selection: Uint8Array | null;
  connected: boolean[];
  pages: string[];
}

/** The window on the host's desktop that shows the guest. */
export class Window implements WindowState {
  /** Where the host's pointer is, in the guest's pixels; far outside at first. */
  pointerX: number = OUTSIDE;
  pointerY: number = OUTSIDE;
  /** VMWARE_GUI_* flags. ASSUMED: at first grabs are automatic and selections are exchanged. */
  guiOptions = 0x13;
  /** The host's selection, for the guest. */
  offer: Uint8Array | null = null;
  offerAt = 0;
  incoming: Uint8Array | null = null;
  incomingAt = 0;
  /** The last selection that came whole from the guest. */
  selection: Uint8Array | null = null;
  connected: boolean[];
  /** Page numbers that the guest's graphics driver shares, as hex digits. */
  pages: string[] = [];
  readonly #devices: readonly RemovableDevice[];

  constructor(devices: readonly RemovableDevice[]) {
    this.#devices = devices;
    this.connected = devices.map(({ connected }) => connected);
  }

  get exchanges(): boolean {
    return (this.guiOptions & VMWARE_GUI_EXCHANGE_SELECTIONS) !== 0;
  }

  point(x: number, y: number): void {
    this.pointerX = x;
    this.pointerY = y;
  }

  /** Offers a selection to the guest; of a longer one the start. null: none. */
  offerSelection(bytes: Uint8Array | null): void {
    this.offer = bytes?.slice(0, SELECTION_LIMIT) ?? null;
    this.offerAt = 0;
  }

  /** Bytes of the offer, which is then read from its start; null when there is none. */
  takeOffer(): number | null {
    this.offerAt = 0;
    return this.offer?.length ?? null;
  }

  nextPiece(): number {
    const bytes = this.offer?.subarray(this.offerAt, this.offerAt + 4) ?? [];
    if (this.offerAt < SELECTION_LIMIT) this.offerAt += 4;
    return word(bytes);
  }

  announceSelection(size: number): void {
    this.incoming = size <= SELECTION_LIMIT ? new Uint8Array(size) : null;
    this.incomingAt = 0;
    if (size === 0) this.#selected();
  }

  takePiece(piece: number): void {
    if (this.incoming === null) return;
    for (let byte = 0; byte < 4 && this.incomingAt < this.incoming.length; byte += 1) {
      this.incoming[this.incomingAt] = piece >>> (8 * byte);
      this.incomingAt += 1;
    }
    if (this.incomingAt === this.incoming.length) this.#selected();
  }

  #selected(): void {
    this.selection = this.incoming;
    this.incoming = null;
  }

  /** Four bytes of a device's entry; null where there is none. */
  deviceWord(id: number, offset: number): number | null {
    const device = this.#devices[id];
    if (device === undefined || offset + 4 > ENTRY_SIZE) return null;
    const entry = new Uint8Array(ENTRY_SIZE);
    new TextEncoder().encodeInto(device.name, entry.subarray(0, NAME_SIZE - 1));
    entry[NAME_SIZE] = id;
    entry[NAME_SIZE + 1] = id >> 8;
    entry[NAME_SIZE + 4] = this.connected[id] === true ? 1 : 0;
    return word(entry.subarray(offset, offset + 4));
  }

  toggleDevice(id: number, connect: boolean): boolean {
    if (this.#devices[id] === undefined) return false;
    this.connected[id] = connect;
    return true;
  }

  /** MKS_GUEST_STATS. */
  statsPages(sub: number, page: bigint): void {
    const digits = page.toString(16);
    if (sub === MKS_GUEST_STATS_RESET) this.pages = [];
    else if (sub === MKS_GUEST_STATS_REMOVE) this.pages = this.pages.filter((kept) => kept !== digits);
    else if (sub === MKS_GUEST_STATS_ADD && this.pages.length < STATS_PAGES_LIMIT) this.pages.push(digits);
  }

  snapshot(): WindowState {
    const incoming = this.incoming?.slice() ?? null;
    return { ...this, incoming, connected: [...this.connected], pages: [...this.pages] };
  }

  restore(state: WindowState): void {
    const bytes = (kept: Uint8Array | null): Uint8Array | null => (kept === null ? null : plainBytes(kept));
    Object.assign(this, state, {
      offer: bytes(state.offer),
      // Written to as it fills: a snapshot must not see that.
      incoming: state.incoming === null ? null : new Uint8Array(state.incoming),
      selection: bytes(state.selection),
      connected: [...state.connected],
      pages: [...state.pages],
    });
  }
}

const word = (bytes: ArrayLike<number>): number =>
  ((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 24)) >>> 0;
