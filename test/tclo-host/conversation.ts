import type { HostAction, HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import { bytes, Guest, SECOND } from './guest.ts';
import { assertKept, HIGH_MASK, lowMask } from './kept.ts';
import { encodeNicInfoV2 } from './xdr-writer.ts';

/** One access of a recorded guest: its registers before, what left the guest or how much it asked for. */
interface Access {
  readonly form: 'low' | 'out' | 'in';
  readonly registers: Uint32Array;
  readonly data: Uint8Array;
  readonly count: number;
  /** Virtual time since the access before. */
  readonly pause: number;
}

const NOTHING = new Uint8Array(0);

/** A session of a well-behaved guest, by both bandwidths, as the accesses that it makes. */
export function recordConversation(): readonly Access[] {
  const guest = new Guest({ seed: 77 });
  const accesses: Access[] = [];
  let last = 0;
  const keep = (form: Access['form'], frame: Frame, data: Uint8Array, count: number): void => {
    accesses.push({ form, registers: frame.narrow.slice(), data: data.slice(), count, pause: guest.now - last });
    last = guest.now;
  };
  const { host } = guest;
  const [call, send, receive] = [host.call, host.sendHighBandwidth, host.receiveHighBandwidth].map((method) =>
    method.bind(host),
  ) as [VmwareHost['call'], VmwareHost['sendHighBandwidth'], VmwareHost['receiveHighBandwidth']];
  host.call = (frame) => {
    keep('low', frame as Frame, NOTHING, 0);
    call(frame);
  };
  host.sendHighBandwidth = (frame, data) => {
    keep('out', frame as Frame, data, data.length);
    send(frame, data);
  };
  host.receiveHighBandwidth = (frame, count) => {
    keep('in', frame as Frame, NOTHING, count);
    return receive(frame, count);
  };
  talk(guest);
  return accesses;
}

function talk(guest: Guest): void {
  for (const number of [0x0a, 0x01, 0x2d, 0x2e, 0x13, 0x44, 0x29, 0x28, 0x27, 0x06, 0x0b]) guest.command(number, 1);
  guest.rpci('tools.capability.hgfs_server toolbox 1');
  const toolbox = guest.greet();
  guest.drain(toolbox);
  const list = encodeNicInfoV2([{ mac: 'm', ips: [{ v6: false, dhcp: true, ip: '10.0.0.1', mask: '8' }] }]);
  guest.rpci(Uint8Array.of(...bytes('SetGuestInfo  9 '), ...list));
  guest.rpci('info-set guestinfo.a value', 'low');
  guest.rpci('info-get guestinfo.a', 'low');
  guest.rpci('log a line of some length, so that words are many', 'low');
  guest.now += 20 * SECOND;
  guest.drain(toolbox);
  guest.host.event({ name: 'suspend', text: 'quiet' });
  guest.drain(toolbox);
  guest.rpci('tools.os.statechange.status 1 5');
  guest.now += 3 * SECOND;
  guest.drain(toolbox);
  guest.low(6, toolbox);
}

/** What mutated guests leave open would soon be all that there is. */
function closeAll(host: VmwareHost): void {
  for (const channel of host.snapshot().channels) {
    if (channel === null) continue;
    const { id, cookieHigh: esi, cookieLow: edi } = channel;
    host.call(Frame.of({ eax: 0x564d5868, ecx: 0x6001e, edx: id * 0x10000 + 0x5658, esi, edi }));
  }
}

/** Says a recorded conversation again, wrongly in places. Its opens are followed, so that the rest stays meant. */
export class Mutator {
  now = 0;
  readonly #accesses: readonly Access[];
  readonly #events: readonly HostAction[];
  readonly #faults: readonly HostFault[];
  readonly #frame = new Frame();
  readonly #before = new Uint32Array(14);
  /** By protocol number: the registers after the last OPEN. */
  readonly #handles: Map<number, Uint32Array> = new Map();
  #state: number;

  constructor(accesses: readonly Access[], seed: number, events: readonly HostAction[], faults: readonly HostFault[]) {
    this.#accesses = accesses;
    this.#state = seed;
    this.#events = events;
    this.#faults = faults;
  }

  #below(bound: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return (this.#state >>> 8) % bound;
  }

  /** The whole conversation once; returns how many calls it made. */
  play(host: VmwareHost): number {
    let calls = 0;
    this.#handles.clear();
    closeAll(host);
    for (const access of this.#accesses) {
      this.now += access.pause + 1000;
      const times = this.#below(64) === 0 ? this.#below(3) : 1;
      for (let time = 0; time < times; time += 1) this.#make(host, access);
      calls += times;
      if (this.#below(500) === 0) host.event(this.#events[this.#below(this.#events.length)] as HostAction);
    }
    return calls;
  }

  #make(host: VmwareHost, access: Access): void {
    const { narrow } = this.#frame;
    narrow.set(access.registers);
    this.#follow(narrow, access.form);
    let { data, count } = access;
    if (this.#below(8) === 0) {
      this.#spoil(narrow);
      if (data.length > 0) data = this.#spoilt(data);
      if (count > 0 && this.#below(2) === 0) count = this.#below(70_000);
    }
    const fault = this.#below(256) === 0 ? (this.#faults[this.#below(this.#faults.length)] ?? null) : null;
    this.#before.set(narrow);
    if (access.form === 'low') host.call(this.#frame, fault);
    else if (access.form === 'out') host.sendHighBandwidth(this.#frame, data, fault);
    else host.receiveHighBandwidth(this.#frame, count, fault);
    assertKept(this.#before, narrow, access.form === 'low' ? lowMask(this.#before, fault) : HIGH_MASK);
    if (access.registers[4] === 0x1e && access.form === 'low' && narrow[4] === 0x10000) {
      this.#handles.set((access.registers[2] ?? 0) % 0x80000000, narrow.slice());
    }
  }

  /** The newest channel of either kind stands for the recorded one. */
  #follow(narrow: Uint32Array, form: Access['form']): void {
    if (form === 'low' && ((narrow[4] ?? 0) & 0xffff) !== 0x1e) return;
    const slot = (narrow[6] ?? 0) >>> 16;
    for (const handle of this.#handles.values()) {
      if ((handle[6] ?? 0) >>> 16 !== slot) continue;
      const [high, low] = [handle[8] ?? 0, handle[10] ?? 0];
      const [highAt, lowAt] = form === 'low' ? [8, 10] : form === 'out' ? [12, 10] : [8, 12];
      narrow[highAt] = high;
      narrow[lowAt] = low;
    }
  }

  /** One half of one register; never EAX, whose magic the device has seen. */
  #spoil(narrow: Uint32Array): void {
    const at = 2 + this.#below(12);
    const old = narrow[at] ?? 0;
    const kind = this.#below(4);
    if (kind === 0) narrow[at] = this.#below(0x1000000) * 256;
    else if (kind === 1) narrow[at] = old ^ (1 << this.#below(32));
    else if (kind === 2) narrow[at] = this.#below(16) * 0x10000 + (old & 0xffff);
    else narrow[at] = old + this.#below(9) - 4;
  }

  #spoilt(data: Uint8Array): Uint8Array {
    const copy = data.slice(0, this.#below(4) === 0 ? this.#below(data.length + 1) : data.length);
    for (let flips = this.#below(4); flips > 0 && copy.length > 0; flips -= 1) {
      copy[this.#below(copy.length)] = this.#below(256);
    }
    return copy;
  }
}
