import type { InterfaceAddress, NetworkInterface } from '../../guest/index.ts';
import { placeAddresses, writeName } from '../common/ifaddrs.ts';
import { link, tailQueue } from '../common/queues.ts';
import type { OpenBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

/**
 * Fills `ifnetlist`, a TAILQ head, with the interfaces: struct ifnet, its struct ifaddr, their sockaddr. Drivers read
 * these without a function of the kernel's between (net/if_var.h).
 */
export function layOutInterfaces(k: OpenBsdKernel, head: bigint): void {
  const list = tailQueue(k, head, k.offsets.ifList);
  for (const options of k.interfaces) list.append(makeInterface(k, options));
}

function makeInterface(k: OpenBsdKernel, options: NetworkInterface): bigint {
  const { ifXname, ifSadl, ifAddrlist, ifaList, addresses } = k.offsets;
  const ifnet = k.services.reserve(ROOM.ifnet);
  writeName(k, ifnet, ifXname, options.name);
  const lists = ifAddrlist.map((offset) => {
    const placed = placeAddresses(k, addresses, ifnet, options);
    const relink = (ifaddrs: readonly bigint[]): void => link(k, tailQueue, ifnet + BigInt(offset), ifaList, ifaddrs);
    relink(placed.ifaddrs);
    for (const sadl of ifSadl) k.writeWord(ifnet + BigInt(sadl), placed.link);
    return (others: readonly InterfaceAddress[]): void => relink(placed.assign(others));
  });
  k.addNetwork(options.name, (others) => {
    for (const assign of lists) assign(others);
  });
  return ifnet;
}
