import type { HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import { bytes } from './guest.ts';
import { assertKept, HIGH_MASK, lowMask, REFUSED_MASK } from './kept.ts';

const SUBS = [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7];
const OPENS = [0x49435052, 0xc9435052, 0x4f4c4354, 0xcf4c4354, 0x12345678];
const TEXTS = [
  ...[
    'log x',
    'info-set guestinfo.a b',
    'info-get guestinfo.a',
    'SetGuestInfo  10 \0\x01',
    'tools.os.statechange.status 1 5',
  ],
  ...[
    'OK ATR toolbox',
    'OK ATR toolbox-dnd',
    'OK ',
    'ERROR Unknown command',
    'rubbish',
    'vmbackup.eventSet req.done 0 ',
  ],
].map(bytes);
const SIZES = TEXTS.map(({ length }) => length);

/** A status word as `reached` keeps it. */
export const word = (sub: number | 'out' | 'in', status: number): number =>
  (sub === 'out' ? 0x10000 : sub === 'in' ? 0x10001 : sub) * 0x10000 + (status >>> 16);

/** A guest without manners: seeded calls, most of them nearly valid, so that deep states are reached too. */
export class Monkey {
  readonly host: VmwareHost;
  /** Status words seen, by sub command: what the walk reached. */
  readonly reached: Set<number> = new Set();
  #state: number;
  readonly #frame = new Frame();
  readonly #before = new Uint32Array(14);
  readonly #cookies: [number, number][] = [];
  readonly #data = new Uint8Array(70_000).fill(0x41);
  #expected = 0;

  constructor(host: VmwareHost, seed: number) {
    this.host = host;
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return (this.#state ^ (this.#state >>> 15)) >>> 0;
  }

  below(bound: number): number {
    return (this.next() >>> 7) % bound;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** One call. Returns the registers as one word, or throws when a rule of the host was broken. */
  step(fault: HostFault | null = null): number {
    const form = this.below(8);
    this.#fill();
    if (form === 0) this.#high(true, fault);
    else if (form === 1) this.#high(false, fault);
    else this.#low(fault);
    let hash = 0;
    for (const half of this.#frame.narrow) hash = Math.imul(hash ^ half, 0x01000193);
    return hash;
  }

  #fill(): void {
    const { narrow } = this.#frame;
    for (let half = 0; half < 14; half += 1) narrow[half] = this.next();
    narrow[0] = 0x564d5868;
  }

  #channel(cookieHigh: 'esi' | 'ebp', cookieLow: 'edi' | 'ebp'): void {
    const id = this.below(16) === 0 ? this.next() & 0xffff : this.below(6);
    this.#frame.narrow[6] = id * 0x10000 + 0x5658;
    const [high, low] = this.#cookies[id] ?? [0, 0];
    if (this.below(32) === 0) return;
    this.#frame[cookieHigh] = high;
    this.#frame[cookieLow] = low;
  }

  #low(fault: HostFault | null): void {
    const { narrow } = this.#frame;
    if (this.below(16) > 0) narrow[4] = this.pick(SUBS) * 0x10000 + 0x1e;
    else if (this.below(4) > 0) narrow[4] = this.below(0x70);
    this.#channel('esi', 'edi');
    const sub = (narrow[4] ?? 0) >>> 16;
    // CLOSE and new sizes are rarer than what stands between them.
    if (sub === 6 && this.below(4) > 0) narrow[4] = 5 * 0x10000 + 0x1e;
    if (sub === 0) narrow[2] = this.pick(OPENS);
    if (sub === 1) narrow[2] = this.#size();
    if (sub >= 4) narrow[2] = this.below(8) === 0 ? 0 : 1;
    this.#before.set(narrow);
    this.host.call(this.#frame, fault);
    this.#checkLow(fault);
  }

  #size(): number {
    this.#expected = this.pick([0, 0, 1, 4, ...SIZES, this.below(64) === 0 ? this.below(70_000) : 9, this.next()]);
    return this.#expected;
  }

  #checkLow(fault: HostFault | null): void {
    const command = (this.#before[4] ?? 0) & 0xffff;
    const sub = (this.#before[4] ?? 0) >>> 16;
    assertKept(this.#before, this.#frame.narrow, lowMask(this.#before, fault));
    if (command !== 0x1e) return;
    const { ecx, eax, edx, esi, edi } = this.#frame;
    if (ecx === 0) assertKept(this.#before, this.#frame.narrow, REFUSED_MASK);
    this.reached.add(word(sub, ecx));
    if ((ecx & 0xffff) !== 0 || eax > 1) throw new Error(`not a status word: eax=${eax} ecx=${ecx.toString(16)}`);
    if (sub === 1 && (ecx & 0x10000) !== 0 && (this.#before[2] ?? 0) > 65536)
      throw new Error('a message over the limit was taken');
    if (sub !== 0 || (ecx & 0x10000) === 0) return;
    if (edx >>> 16 >= this.host.options.maxChannels) throw new Error(`channel ${edx >>> 16} opened`);
    this.#cookies[edx >>> 16] = (this.#before[2] ?? 0) >>> 31 === 1 ? [esi, edi] : [0, 0];
  }

  #high(out: boolean, fault: HostFault | null): void {
    const { narrow } = this.#frame;
    if (out) this.#channel('ebp', 'edi');
    else this.#channel('esi', 'ebp');
    if (this.below(16) > 0) narrow[2] = 0x10000;
    this.#before.set(narrow);
    if (out) this.host.sendHighBandwidth(this.#frame, this.#payload(), fault);
    else {
      const count = this.pick([1, 2, 4095, this.below(70_000)]);
      const data = this.host.receiveHighBandwidth(this.#frame, count, fault);
      if ((data?.length ?? 0) > count) throw new Error(`${data?.length} bytes for a receive of ${count}`);
      if ((data === null) === ((this.#frame.ebx & 0x10000) !== 0)) throw new Error('bytes and status disagree');
    }
    assertKept(this.#before, this.#frame.narrow, HIGH_MASK);
    if ((this.#frame.ebx & 0xffff) !== 0) throw new Error('low half of EBX set');
    this.reached.add(word(out ? 'out' : 'in', this.#frame.ebx));
  }

  #payload(): Uint8Array {
    const text = TEXTS.find((candidate) => candidate.length === this.#expected);
    if (text !== undefined && this.below(8) > 0) return text;
    const length = this.below(4) === 0 ? this.below(70_000) : Math.min(this.#expected, 70_000);
    return this.#data.subarray(0, length);
  }
}
