import { addressText, prefixOf } from './address.ts';
import { MalformedXdr, XdrReader } from './xdr.ts';

/** Source of all layouts and limits here: open-vm-tools lib/guestRpc/nicinfo.x. */
const NIC_INFO_V2 = 2;
const NIC_INFO_V3 = 3;
const NICINFO_MAX_IP_LEN = 64;
const NICINFO_MAX_IPS = 2048;
const NICINFO_MAX_NICS = 16;
const NICINFO_MAC_LEN = 18;
const INET_ADDRESS_MAX_LEN = 255;
const DNSINFO_MAX_ADDRLEN = 255;
const DNSINFO_MAX_SUFFIXES = 10;
const DNSINFO_MAX_SERVERS = 16;
const NICINFO_MAX_ROUTES = 100;
const DHCP_MAX_CONFIG_SIZE = 16384;
const NO_METRIC = 0xffffffff;

const ADDRESS_TYPES = { 0: 'unknown', 1: 'ipv4', 2: 'ipv6', 3: 'ipv4z', 4: 'ipv6z', 16: 'dns' } as const;
const ORIGINS = { 1: 'other', 2: 'manual', 4: 'dhcp', 5: 'linklayer', 6: 'random' } as const;
const STATUSES = {
  1: 'preferred',
  2: 'deprecated',
  3: 'invalid',
  4: 'inaccessible',
  5: 'unknown',
  6: 'tentative',
  7: 'duplicate',
  8: 'optimistic',
} as const;
const ROUTE_TYPES = { 1: 'other', 2: 'reject', 3: 'local', 4: 'remote' } as const;

/** An address and its kind; `ipv4z` and `ipv6z` end in `%` and the number of the zone. */
export interface NetworkAddress {
  readonly type: (typeof ADDRESS_TYPES)[keyof typeof ADDRESS_TYPES];
  readonly text: string;
}

export interface NicAddress extends NetworkAddress {
  /** Bits of the network's part; null in a list of version 2 that does not say. */
  readonly prefix: number | null;
  /** null where the guest does not say. */
  readonly origin: (typeof ORIGINS)[keyof typeof ORIGINS] | null;
  readonly status: (typeof STATUSES)[keyof typeof STATUSES] | null;
}

export interface DnsConfig {
  readonly hostName: string | null;
  readonly domainName: string | null;
  readonly servers: readonly NetworkAddress[];
  readonly searchSuffixes: readonly string[];
}

export interface WinsConfig {
  readonly primary: NetworkAddress;
  readonly secondary: NetworkAddress;
}

export interface DhcpConfig {
  readonly enabled: boolean;
  readonly settings: string;
}

/** Name service and address service, of one interface or of the whole machine. */
export interface NetworkConfig {
  readonly dns: DnsConfig | null;
  readonly wins: WinsConfig | null;
  readonly dhcpV4: DhcpConfig | null;
  readonly dhcpV6: DhcpConfig | null;
}

export interface NicInterface extends NetworkConfig {
  /** As the guest writes it; null without one. */
  readonly mac: string | null;
  readonly addresses: readonly NicAddress[];
}

export interface Route {
  readonly destination: NetworkAddress;
  readonly prefix: number;
  readonly nextHop: NetworkAddress | null;
  /** Place in the list of interfaces. */
  readonly interface: number;
  readonly type: (typeof ROUTE_TYPES)[keyof typeof ROUTE_TYPES];
  readonly metric: number | null;
}

/** What a guest tells of its network. A list of version 2 has interfaces and addresses only. */
export interface NicInfo extends NetworkConfig {
  readonly version: 2 | 3;
  readonly interfaces: readonly NicInterface[];
  readonly routes: readonly Route[];
}

const NO_CONFIG: NetworkConfig = { dns: null, wins: null, dhcpV4: null, dhcpV6: null };

/** A list of interfaces, SetGuestInfo 9 or 10; null for bytes that are none. Bytes behind it are left alone. */
export function decodeNicInfo(bytes: Uint8Array): NicInfo | null {
  try {
    const xdr = new XdrReader(bytes);
    const version = xdr.choice({ [NIC_INFO_V2]: 2, [NIC_INFO_V3]: 3 } as const);
    const empty = { version, interfaces: [], routes: [], ...NO_CONFIG };
    return xdr.optional(() => (version === 2 ? { ...empty, interfaces: listV2(xdr) } : listV3(xdr))) ?? empty;
  } catch (error) {
    if (error instanceof MalformedXdr) return null;
    throw error;
  }
}

function listV3(xdr: XdrReader): NicInfo {
  const interfaces = xdr.list(NICINFO_MAX_NICS, () => interfaceV3(xdr));
  const routes = xdr.list(NICINFO_MAX_ROUTES, () => route(xdr));
  if (routes.some((entry) => entry.interface >= interfaces.length)) throw new MalformedXdr('a route of no interface');
  return { version: 3, interfaces, routes, ...config(xdr) };
}

function interfaceV3(xdr: XdrReader): NicInterface {
  const mac = xdr.string(NICINFO_MAC_LEN);
  const addresses = xdr.list(NICINFO_MAX_IPS, () => interfaceAddress(xdr));
  return { mac: mac === '' ? null : mac, addresses, ...config(xdr) };
}

const config = (xdr: XdrReader): NetworkConfig => ({
  dns: xdr.optional(() => ({
    hostName: xdr.optional(() => xdr.string(DNSINFO_MAX_ADDRLEN)),
    domainName: xdr.optional(() => xdr.string(DNSINFO_MAX_ADDRLEN)),
    servers: xdr.list(DNSINFO_MAX_SERVERS, () => address(xdr)),
    searchSuffixes: xdr.list(DNSINFO_MAX_SUFFIXES, () => xdr.string(DNSINFO_MAX_ADDRLEN)),
  })),
  wins: xdr.optional(() => ({ primary: address(xdr), secondary: address(xdr) })),
  dhcpV4: xdr.optional(() => dhcp(xdr)),
  dhcpV6: xdr.optional(() => dhcp(xdr)),
});

const dhcp = (xdr: XdrReader): DhcpConfig => ({ enabled: xdr.boolean(), settings: xdr.string(DHCP_MAX_CONFIG_SIZE) });

function interfaceAddress(xdr: XdrReader): NicAddress {
  const { type, text } = address(xdr);
  const prefix = prefixFor(type, xdr.word());
  const origin = xdr.optional(() => xdr.choice(ORIGINS));
  return { type, text, prefix, origin, status: xdr.optional(() => xdr.choice(STATUSES)) };
}

function prefixFor(type: NetworkAddress['type'], prefix: number): number {
  if (prefix <= (type.startsWith('ipv4') ? 32 : 128)) return prefix;
  throw new MalformedXdr(`a prefix of ${prefix} bits`);
}

/** Bytes of an address and of the zone behind it (RFC 4001), by type; null: any number, text. */
const ADDRESS_BYTES: { readonly [T in NetworkAddress['type']]: readonly [number, number] | null } = {
  unknown: null,
  ipv4: [4, 0],
  ipv6: [16, 0],
  ipv4z: [4, 4],
  ipv6z: [16, 4],
  dns: null,
};

function address(xdr: XdrReader): NetworkAddress {
  const type = xdr.choice(ADDRESS_TYPES);
  const bytes = xdr.opaque(INET_ADDRESS_MAX_LEN);
  const shape = ADDRESS_BYTES[type];
  if (shape === null) return { type, text: type === 'dns' ? new TextDecoder().decode(bytes) : '' };
  const [length, zone] = shape;
  if (bytes.length !== length + zone) throw new MalformedXdr(`${bytes.length} bytes of ${type}`);
  const text = addressText(bytes.subarray(0, length));
  if (zone === 0) return { type, text };
  return { type, text: `${text}%${new DataView(bytes.buffer, bytes.byteOffset).getUint32(length)}` };
}

function route(xdr: XdrReader): Route {
  const destination = address(xdr);
  const prefix = prefixFor(destination.type, xdr.word());
  const nextHop = xdr.optional(() => address(xdr));
  const place = xdr.word();
  const type = xdr.choice(ROUTE_TYPES);
  const metric = xdr.word();
  return { destination, prefix, nextHop, interface: place, type, metric: metric === NO_METRIC ? null : metric };
}

function listV2(xdr: XdrReader): NicInterface[] {
  return xdr.list(NICINFO_MAX_NICS, () => {
    const mac = xdr.characters(NICINFO_MAC_LEN);
    return { mac: mac === '' ? null : mac, addresses: xdr.list(NICINFO_MAX_IPS, () => addressV2(xdr)), ...NO_CONFIG };
  });
}

/** GuestInfoIPAddressFamilyType counts from 0, and the address is text. */
function addressV2(xdr: XdrReader): NicAddress {
  const type = xdr.choice({ 0: 'ipv4', 1: 'ipv6' } as const);
  const dhcpEnabled = xdr.boolean();
  const text = xdr.characters(NICINFO_MAX_IP_LEN);
  const mask = xdr.characters(NICINFO_MAX_IP_LEN);
  const prefix = prefixOf(mask, type === 'ipv4' ? 32 : 128);
  if (prefix === null && mask !== '') throw new MalformedXdr('a mask that is none');
  return { type, text, prefix, origin: dhcpEnabled ? 'dhcp' : null, status: null };
}
