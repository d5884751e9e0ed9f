import { isIPv4, isIPv6 } from 'node:net';
import { VmtbenchError } from '../../../errors.ts';
import type { OpenBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

/** A network interface of the guest's. */
export interface NetworkInterfaceOptions {
  /** 15 characters at most, such as `vmx0`. */
  readonly name: string;
  /** Such as `00:50:56:01:02:03`; without, the interface has none. */
  readonly mac?: string;
  /** Such as `10.0.0.5/24` and `2001:db8::5/64`. */
  readonly addresses: readonly string[];
}

/** sys/socket.h, net/if_types.h */
const AF_INET = 2;
const AF_LINK = 18;
const AF_INET6 = 24;
const IFT_ETHER = 0x06;
const IFT_OTHER = 0x01;
const IFNAMSIZ = 16;

/** Words of struct ifaddr. */
const IFADDR_WORDS = 8;

/**
 * Fills `ifnetlist`, a TAILQ head, with the interfaces: struct ifnet, its struct ifaddr, their sockaddr. Drivers read
 * these without a function of the kernel's between (net/if_var.h).
 */
export function layOutInterfaces(k: OpenBsdKernel, head: bigint, interfaces: readonly NetworkInterfaceOptions[]): void {
  const list = new TailQueue(k, head);
  for (const options of interfaces) list.append(makeInterface(k, options), k.offsets.ifList);
}

/** A TAILQ of sys/queue.h: the head points at the first and at the last one's pointer to the next. */
class TailQueue {
  readonly #k: OpenBsdKernel;
  readonly #head: bigint;

  constructor(k: OpenBsdKernel, head: bigint) {
    this.#k = k;
    this.#head = head;
    k.writeWord(head, 0n);
    k.writeWord(this.#lastAt, head);
  }

  get #lastAt(): bigint {
    return this.#head + BigInt(this.#k.wordSize);
  }

  /** @param entry where the element keeps its two pointers. */
  append(element: bigint, entry: number): void {
    const next = element + BigInt(entry);
    const last = this.#k.readWord(this.#lastAt);
    this.#k.writeWord(next, 0n);
    this.#k.writeWord(next + BigInt(this.#k.wordSize), last);
    this.#k.writeWord(last, element);
    this.#k.writeWord(this.#lastAt, next);
  }
}

function makeInterface(k: OpenBsdKernel, { name, mac, addresses }: NetworkInterfaceOptions): bigint {
  const ifnet = k.services.reserve(ROOM.ifnet);
  const link = place(k, linkAddress(name, mac));
  for (const offset of k.offsets.ifSadl) k.writeWord(ifnet + BigInt(offset), link);
  for (const offset of k.offsets.ifAddrlist) {
    const list = new TailQueue(k, ifnet + BigInt(offset));
    list.append(makeAddress(k, ifnet, link, 0n), 4 * k.wordSize);
    for (const text of addresses) {
      const { address, mask } = parseAddress(text);
      list.append(makeAddress(k, ifnet, place(k, address), place(k, mask)), 4 * k.wordSize);
    }
  }
  return ifnet;
}

/** struct ifaddr: address, destination, mask, interface, then the two pointers of the list. */
function makeAddress(k: OpenBsdKernel, ifnet: bigint, address: bigint, mask: bigint): bigint {
  const ifaddr = k.services.reserve(IFADDR_WORDS * k.wordSize);
  for (const [index, word] of [address, 0n, mask, ifnet].entries()) {
    k.writeWord(ifaddr + BigInt(index * k.wordSize), word);
  }
  return ifaddr;
}

function place(k: OpenBsdKernel, bytes: Uint8Array): bigint {
  const address = k.services.reserve(bytes.length);
  k.memory.write(address, bytes);
  return address;
}

/** struct sockaddr_dl: eight bytes, the name, the Ethernet address. */
function linkAddress(name: string, mac: string | undefined): Uint8Array {
  const octets = mac === undefined ? [] : mac.split(':').map((octet) => Number.parseInt(octet, 16));
  if (mac !== undefined && !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) {
    throw new VmtbenchError('openbsd.interface', `${mac} is no Ethernet address`, 'Write 00:50:56:01:02:03.');
  }
  const nameBytes = Buffer.from(name, 'latin1').subarray(0, IFNAMSIZ - 1);
  const type = mac === undefined ? IFT_OTHER : IFT_ETHER;
  const bytes = Buffer.alloc(32);
  bytes.set([bytes.length, AF_LINK, 1, 0, type, nameBytes.length, octets.length, 0, ...nameBytes, ...octets]);
  return bytes;
}

function parseAddress(text: string): { address: Uint8Array; mask: Uint8Array } {
  const [, ip = '', digits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const octets = isIPv4(ip) ? ip.split('.').map(Number) : isIPv6(ip) ? octets6(ip) : [];
  const prefix = Number(digits);
  if (octets.length === 0 || prefix > 8 * octets.length) {
    throw new VmtbenchError('openbsd.interface', `${text} is no address`, 'Write 10.0.0.5/24 or 2001:db8::5/64.');
  }
  const ones = octets.map((_, index) => (0xff00 >> Math.max(0, Math.min(8, prefix - 8 * index))) & 0xff);
  return { address: socketAddress(octets), mask: socketAddress(ones) };
}

/** struct sockaddr_in or sockaddr_in6, by the number of octets. */
function socketAddress(octets: readonly number[]): Uint8Array {
  const [size, family, offset] = octets.length === 4 ? [16, AF_INET, 4] : [28, AF_INET6, 8];
  const bytes = new Uint8Array(size);
  bytes.set([size, family]);
  bytes.set(octets, offset);
  return bytes;
}

function octets6(text: string): number[] {
  const [left = '', right] = text.split('::');
  const groups = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => (group.includes('.') ? words4(group) : Number.parseInt(group, 16)));
  const [before, after] = [groups(left), groups(right ?? '')];
  const zeroes = new Array<number>(right === undefined ? 0 : 8 - before.length - after.length).fill(0);
  return [...before, ...zeroes, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

function words4(text: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}
