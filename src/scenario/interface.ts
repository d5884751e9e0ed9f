import { isIPv4, isIPv6 } from 'node:net';
import { VmtbenchError } from '../errors.ts';
import type { NetworkInterfaceOptions } from '../guest/index.ts';

/** What a network interface's parts look like. */
export const INTERFACE_NAME: RegExp = /^[a-z][\w.]{0,14}$/i;
export const ETHERNET_ADDRESS: RegExp = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** Whether a text is `10.0.0.5/24` or `2001:db8::5/64`. */
export function isNetworkAddress(text: string): boolean {
  const [, ip = '', digits] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  return Number(digits) <= (isIPv4(ip) ? 32 : isIPv6(ip) ? 128 : -1);
}

/** One interface as the command line has it: `vio0 00:50:56:00:00:01 10.0.0.5/24`. @throws VmtbenchError `interface` */
export function parseInterface(text: string): NetworkInterfaceOptions {
  const [name = '', ...words] = text.trim().split(/\s+/);
  const mac = words.find((word) => ETHERNET_ADDRESS.test(word));
  const addresses = words.filter((word) => word !== mac);
  const wrong = INTERFACE_NAME.test(name) ? addresses.find((word) => !isNetworkAddress(word)) : name;
  if (wrong === undefined) return { name, ...(mac === undefined ? {} : { mac }), addresses };
  const hint =
    'Write its name, its Ethernet address if it has one, and its addresses: vio0 00:50:56:00:00:01 10.0.0.5/24.';
  throw new VmtbenchError('interface', `"${text}" is no interface: cannot read "${wrong}"`, hint);
}

/** The words that {@link parseInterface} reads. */
export function formatInterface({ name, mac, addresses }: NetworkInterfaceOptions): string {
  return [name, ...(mac === undefined ? [] : [mac]), ...addresses].join(' ');
}
