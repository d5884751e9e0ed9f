import type {
  DhcpConfig,
  DnsConfig,
  NetworkAddress,
  NetworkConfig,
  NicAddress,
  NicInfo,
  Route,
} from '../../src/tclo-host/index.ts';

/** Writes XDR, as a guest does. */
export class XdrWriter {
  readonly #bytes: number[] = [];

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  word(value: number): this {
    this.#bytes.push(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
    return this;
  }

  opaque(bytes: ArrayLike<number>): this {
    this.word(bytes.length);
    this.#bytes.push(...Array.from(bytes));
    while (this.#bytes.length % 4 !== 0) this.#bytes.push(0);
    return this;
  }

  string(text: string): this {
    return this.opaque(new TextEncoder().encode(text));
  }

  characters(text: string, length: number): this {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < length; at += 1) this.word(bytes[at] ?? 0);
    return this;
  }

  optional<T>(value: T | null, write: (value: T) => void): this {
    this.word(value === null ? 0 : 1);
    if (value !== null) write(value);
    return this;
  }

  list<T>(values: readonly T[], write: (value: T) => void): this {
    this.word(values.length);
    for (const value of values) write(value);
    return this;
  }
}

const TYPES = { unknown: 0, ipv4: 1, ipv6: 2, ipv4z: 3, ipv6z: 4, dns: 16 };
const ORIGINS = { other: 1, manual: 2, dhcp: 4, linklayer: 5, random: 6 };
const STATUSES = {
  preferred: 1,
  deprecated: 2,
  invalid: 3,
  inaccessible: 4,
  unknown: 5,
  tentative: 6,
  duplicate: 7,
  optimistic: 8,
};
const ROUTES = { other: 1, reject: 2, local: 3, remote: 4 };

/** The octets of an address without `::`, or with it in the middle. */
function octets(text: string): number[] {
  const [ip = '', zone] = text.split('%');
  const word = Number(zone ?? 0);
  const tail = zone === undefined ? [] : [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
  if (ip.includes('.')) return [...ip.split('.').map(Number), ...tail];
  const [left = '', right = ''] = ip.split('::');
  const groups = (part: string): number[] =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(left), groups(right)];
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return [...all.flatMap((group) => [group >> 8, group & 255]), ...tail];
}

function address(xdr: XdrWriter, { type, text }: NetworkAddress): void {
  xdr.word(TYPES[type]);
  if (type === 'unknown') xdr.opaque([]);
  else if (type === 'dns') xdr.string(text);
  else xdr.opaque(octets(text));
}

function interfaceAddress(xdr: XdrWriter, value: NicAddress): void {
  address(xdr, value);
  xdr.word(value.prefix ?? 0);
  xdr.optional(value.origin, (origin) => xdr.word(ORIGINS[origin]));
  xdr.optional(value.status, (status) => xdr.word(STATUSES[status]));
}

function dns(xdr: XdrWriter, { hostName, domainName, servers, searchSuffixes }: DnsConfig): void {
  xdr.optional(hostName, (name) => xdr.string(name)).optional(domainName, (name) => xdr.string(name));
  xdr.list(servers, (server) => address(xdr, server)).list(searchSuffixes, (suffix) => xdr.string(suffix));
}

const dhcp = (xdr: XdrWriter, { enabled, settings }: DhcpConfig): XdrWriter =>
  xdr.word(enabled ? 1 : 0).string(settings);

function config(xdr: XdrWriter, value: NetworkConfig): void {
  xdr.optional(value.dns, (it) => dns(xdr, it));
  xdr.optional(value.wins, (it) => {
    address(xdr, it.primary);
    address(xdr, it.secondary);
  });
  xdr.optional(value.dhcpV4, (it) => dhcp(xdr, it)).optional(value.dhcpV6, (it) => dhcp(xdr, it));
}

function route(xdr: XdrWriter, value: Route): void {
  address(xdr, value.destination);
  xdr.word(value.prefix).optional(value.nextHop, (hop) => address(xdr, hop));
  xdr
    .word(value.interface)
    .word(ROUTES[value.type])
    .word(value.metric ?? 0xffffffff);
}

/** A list of version 3 (open-vm-tools lib/guestRpc/nicinfo.x). */
export function encodeNicInfo(info: NicInfo): Uint8Array {
  const xdr = new XdrWriter().word(3).word(1);
  xdr.list(info.interfaces, (nic) => {
    xdr.string(nic.mac ?? '').list(nic.addresses, (value) => interfaceAddress(xdr, value));
    config(xdr, nic);
  });
  xdr.list(info.routes, (entry) => route(xdr, entry));
  config(xdr, info);
  return xdr.bytes;
}

/** A list of version 2: text in fixed arrays. `mask`: as the guest writes it. */
export function encodeNicInfoV2(
  nics: readonly { mac: string; ips: readonly { v6: boolean; dhcp: boolean; ip: string; mask: string }[] }[],
): Uint8Array {
  const xdr = new XdrWriter().word(2).word(1);
  xdr.list(nics, ({ mac, ips }) => {
    xdr.characters(mac, 18).list(ips, ({ v6, dhcp: enabled, ip, mask }) => {
      xdr
        .word(v6 ? 1 : 0)
        .word(enabled ? 1 : 0)
        .characters(ip, 64)
        .characters(mask, 64);
    });
  });
  return xdr.bytes;
}
