import { type StateCell, States } from '../../state.ts';
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

/** VMWARE_GUI_* flags. ASSUMED: at first grabs are automatic and selections are exchanged. */
const FIRST_GUI_OPTIONS = 0x13;

const NOTHING = new Uint8Array(0);

/** Plain data. */
export interface WindowState {
  /** Where the host's pointer is, in the guest's pixels; far outside at first. */
  pointerX: number;
  pointerY: number;
  /** VMWARE_GUI_* flags. */
  guiOptions: number;
  /** The host's selection, for the guest. */
  offer: Uint8Array | null;
  offerAt: number;
  /** Written to as it fills. */
  incoming: Uint8Array | null;
  incomingAt: number;
  /** The last selection that came whole from the guest. */
  selection: Uint8Array | null;
  connected: boolean[];
  /** Page numbers that the guest's graphics driver shares, as hex digits. */
  pages: string[];
}

/** The window on the host's desktop that shows the guest. */
export class Window {
  readonly state: StateCell<WindowState>;
  readonly #devices: readonly RemovableDevice[];

  constructor(devices: readonly RemovableDevice[], states: States = new States()) {
    this.#devices = devices;
    this.state = states.cell<WindowState>('window', {
      pointerX: OUTSIDE,
      pointerY: OUTSIDE,
      guiOptions: FIRST_GUI_OPTIONS,
      offer: null,
      offerAt: 0,
      incoming: null,
      incomingAt: 0,
      selection: null,
      connected: devices.map(({ connected }) => connected),
      pages: [],
    });
  }

  get pointerX(): number {
    return this.state.now.pointerX;
  }

  get pointerY(): number {
    return this.state.now.pointerY;
  }

  get guiOptions(): number {
    return this.state.now.guiOptions;
  }

  set guiOptions(options: number) {
    this.state.change.guiOptions = options;
  }

  get selection(): Uint8Array | null {
    return this.state.now.selection;
  }

  get pages(): readonly string[] {
    return this.state.now.pages;
  }

  get exchanges(): boolean {
    return (this.guiOptions & VMWARE_GUI_EXCHANGE_SELECTIONS) !== 0;
  }

  point(x: number, y: number): void {
    Object.assign(this.state.change, { pointerX: x, pointerY: y });
  }

  /** Offers a selection to the guest; of a longer one the start. null: none. */
  offerSelection(bytes: Uint8Array | null): void {
    Object.assign(this.state.change, { offer: bytes?.slice(0, SELECTION_LIMIT) ?? null, offerAt: 0 });
  }

  /** Bytes of the offer, which is then read from its start; null when there is none. */
  takeOffer(): number | null {
    this.state.change.offerAt = 0;
    return this.state.now.offer?.length ?? null;
  }

  nextPiece(): number {
    const { offer, offerAt } = this.state.now;
    const bytes = offer?.subarray(offerAt, offerAt + 4) ?? [];
    if (offerAt < SELECTION_LIMIT) this.state.change.offerAt = offerAt + 4;
    return word(bytes);
  }

  announceSelection(size: number): void {
    const { change } = this.state;
    change.incoming = size <= SELECTION_LIMIT ? new Uint8Array(size) : null;
    change.incomingAt = 0;
    if (size === 0) this.#selected();
  }

  takePiece(piece: number): void {
    if (this.state.now.incoming === null) return;
    const { change } = this.state;
    const incoming = change.incoming ?? NOTHING;
    for (let byte = 0; byte < 4 && change.incomingAt < incoming.length; byte += 1) {
      incoming[change.incomingAt] = piece >>> (8 * byte);
      change.incomingAt += 1;
    }
    if (change.incomingAt === incoming.length) this.#selected();
  }

  #selected(): void {
    const { change } = this.state;
    change.selection = change.incoming;
    change.incoming = null;
  }

  /** Four bytes of a device's entry; null where there is none. */
  deviceWord(id: number, offset: number): number | null {
    const device = this.#devices[id];
    if (device === undefined || offset + 4 > ENTRY_SIZE) return null;
    const entry = new Uint8Array(ENTRY_SIZE);
    new TextEncoder().encodeInto(device.name, entry.subarray(0, NAME_SIZE - 1));
    entry[NAME_SIZE] = id;
    entry[NAME_SIZE + 1] = id >> 8;
    entry[NAME_SIZE + 4] = this.state.now.connected[id] === true ? 1 : 0;
    return word(entry.subarray(offset, offset + 4));
  }

  toggleDevice(id: number, connect: boolean): boolean {
    if (this.#devices[id] === undefined) return false;
    this.state.change.connected[id] = connect;
    return true;
  }

  /** MKS_GUEST_STATS. */
  statsPages(sub: number, page: bigint): void {
    const digits = page.toString(16);
    const { change } = this.state;
    if (sub === MKS_GUEST_STATS_RESET) change.pages = [];
    else if (sub === MKS_GUEST_STATS_REMOVE) change.pages = change.pages.filter((kept) => kept !== digits);
    else if (sub === MKS_GUEST_STATS_ADD && change.pages.length < STATS_PAGES_LIMIT) change.pages.push(digits);
  }
}

const word = (bytes: ArrayLike<number>): number =>
  ((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 24)) >>> 0;
