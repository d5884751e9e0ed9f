import { VmtbenchError } from '../errors.ts';
import { type NetworkInterfaceOptions, parseAddress } from '../guest/index.ts';

/** What a network interface's parts look like. */
export const INTERFACE_NAME: RegExp = /^[a-z][\w.]{0,14}$/i;
export const ETHERNET_ADDRESS: RegExp = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/**
 * One interface as the command line has it: `vio0 00:50:56:00:00:01 10.0.0.5/24`.
 * @throws VmtbenchError `interface`, and `guest.interface` for what is no address.
 */
export function parseInterface(text: string): NetworkInterfaceOptions {
  const [name = '', ...words] = text.trim().split(/\s+/);
  if (!INTERFACE_NAME.test(name)) {
    const hint =
      'Write its name, its Ethernet address if it has one, and its addresses: vio0 00:50:56:00:00:01 10.0.0.5/24.';
    throw new VmtbenchError('interface', `"${text}" is no interface`, hint);
  }
  const mac = words.find((word) => ETHERNET_ADDRESS.test(word));
  const addresses = words.filter((word) => word !== mac);
  for (const address of addresses) parseAddress(address);
  return { name, ...(mac === undefined ? {} : { mac }), addresses };
}

/** The words that {@link parseInterface} reads. */
export function formatInterface({ name, mac, addresses }: NetworkInterfaceOptions): string {
  return [name, ...(mac === undefined ? [] : [mac]), ...addresses].join(' ');
}
