import { isIPv4, isIPv6 } from 'node:net';
import { VmtbenchError } from '../errors.ts';

/** A network interface of the guest's. */
export interface NetworkInterfaceOptions {
  /** 15 characters at most, such as `vmx0`. */
  readonly name: string;
  /** Such as `00:50:56:01:02:03`; without, the interface has none. */
  readonly mac?: string;
  /** Such as `10.0.0.5/24` and `2001:db8::5/64`. */
  readonly addresses: readonly string[];
}

/** An address and its netmask: 4 octets each, or 16. */
export interface InterfaceAddress {
  readonly address: readonly number[];
  readonly mask: readonly number[];
}

/** An interface in octets. */
export interface NetworkInterface {
  readonly name: string;
  /** None, or six. */
  readonly mac: readonly number[];
  readonly addresses: readonly InterfaceAddress[];
}

/** net/if.h: a name with its NUL. */
export const IFNAMSIZ = 16;

/** @throws VmtbenchError `guest.interface` */
export function parseInterface({ name, mac, addresses }: NetworkInterfaceOptions): NetworkInterface {
  if (!/^[\x21-\x7e]+$/.test(name)) {
    throw new VmtbenchError('guest.interface', `"${name}" is no name of an interface`, 'Write something like vmx0.');
  }
  return { name: name.slice(0, IFNAMSIZ - 1), mac: parseMac(mac), addresses: addresses.map(parseAddress) };
}

function parseMac(mac: string | undefined): number[] {
  if (mac === undefined) return [];
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) return mac.split(':').map((octet) => Number.parseInt(octet, 16));
  throw new VmtbenchError('guest.interface', `${mac} is no Ethernet address`, 'Write 00:50:56:01:02:03.');
}

/** `10.0.0.5/24` or `2001:db8::5/64`. @throws VmtbenchError `guest.interface` */
export function parseAddress(text: string): InterfaceAddress {
  const [, ip = '', digits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = isIPv4(ip) ? ip.split('.').map(Number) : isIPv6(ip) ? octets6(ip) : [];
  const prefix = Number(digits);
  if (address.length === 0 || prefix > 8 * address.length) {
    throw new VmtbenchError('guest.interface', `${text} is no address`, 'Write 10.0.0.5/24 or 2001:db8::5/64.');
  }
  const mask = address.map((_, index) => (0xff00 >> Math.max(0, Math.min(8, prefix - 8 * index))) & 0xff);
  return { address, mask };
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
