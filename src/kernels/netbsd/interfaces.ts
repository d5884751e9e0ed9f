import type { DataSymbol, NetworkInterface } from '../../guest/index.ts';
import { placeAddresses, writeField, writeName } from '../common/ifaddrs.ts';
import { link, pointerList, tailQueue } from '../common/queues.ts';
import type { NetBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

/**
 * The list of interfaces by its names: `ifnet_pslist` of pslist(9) since NetBSD 8, a TAILQ before that and, for who
 * reads it, still. All of them lead to the same struct ifnet, and these in both ways to their struct ifaddr (net/if.h).
 */
export function interfaceLists(k: NetBsdKernel): Readonly<Record<string, DataSymbol>> {
  let made: readonly bigint[] | null = null;
  const interfaces = (): readonly bigint[] => {
    made ??= k.interfaces.map((options) => makeInterface(k, options));
    return made;
  };
  const { list, pslistEntry } = k.offsets.ifnet;
  const queue: DataSymbol = { size: 16, init: (head) => link(k, tailQueue, head, list, interfaces()) };
  const pslist: DataSymbol = { size: 16, init: (head) => link(k, pointerList, head, pslistEntry, interfaces()) };
  return { ifnet_pslist: pslist, ifnet_list: queue, ifnet: queue };
}

/**
 * Room on both sides: an object without debug information whose release has if_pslist_entry elsewhere takes another
 * place for the start, and finds an interface without a name and addresses there.
 */
function makeInterface(k: NetBsdKernel, options: NetworkInterface): bigint {
  const { xname, dl, sadl, addrlist, addrPslist } = k.offsets.ifnet;
  const { list, pslistEntry } = k.offsets.ifaddr;
  const ifnet = k.services.reserve(2 * ROOM.ifnet) + BigInt(ROOM.ifnet / 2);
  const placed = placeAddresses(k, k.offsets.addresses, ifnet, options);
  writeName(k, ifnet, xname, options.name);
  writeField(k, ifnet, dl, placed.ifaddrs[0]);
  writeField(k, ifnet, sadl, placed.link);
  const head = (offset: number | null): bigint | null => (offset === null ? null : ifnet + BigInt(offset));
  const relink = (ifaddrs: readonly bigint[]): void => {
    link(k, tailQueue, head(addrlist), list, ifaddrs);
    link(k, pointerList, head(addrPslist), pslistEntry, ifaddrs);
  };
  relink(placed.ifaddrs);
  k.addNetwork(options.name, (others) => relink(placed.assign(others)));
  return ifnet;
}
