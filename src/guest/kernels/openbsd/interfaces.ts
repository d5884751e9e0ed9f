import { placeAddresses, writeName } from '../common/ifaddrs.ts';
import type { NetworkInterface } from '../common/interfaces.ts';
import { tailQueue } from '../common/queues.ts';
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
  for (const offset of ifAddrlist) {
    const { link, ifaddrs } = placeAddresses(k, addresses, ifnet, options);
    const list = tailQueue(k, ifnet + BigInt(offset), ifaList);
    for (const ifaddr of ifaddrs) list.append(ifaddr);
    for (const sadl of ifSadl) k.writeWord(ifnet + BigInt(sadl), link);
  }
  return ifnet;
}
