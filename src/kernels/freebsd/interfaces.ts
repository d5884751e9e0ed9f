import type { DataSymbol, NetworkInterface } from '../../guest/index.ts';
import { placeAddresses, writeName } from '../common/ifaddrs.ts';
import { link, singlyTailQueue } from '../common/queues.ts';
import type { FreeBsdKernel } from './kernel.ts';
import { ROOM } from './offsets.ts';

/** Bytes of a lock or an epoch that only the kernel looks into. */
const OPAQUE_SIZE = 256;

/**
 * The list of interfaces, V_ifnet, a STAILQ: the variable `ifnet` of a kernel without virtual networks. Since FreeBSD 12
 * there are some: the list lies at vnet_data_base of the current one and as far behind as `vnet_entry_ifnet` says.
 */
export function networkData(k: FreeBsdKernel): Readonly<Record<string, DataSymbol>> {
  const list: DataSymbol = {
    size: 16,
    init: (head) => {
      const interfaces = k.interfaces.map((options) => makeInterface(k, options));
      link(k, singlyTailQueue, head, k.offsets.ifnet.link, interfaces);
    },
  };
  const opaque: DataSymbol = { size: OPAQUE_SIZE };
  const epoch: DataSymbol = { size: 16, init: (address) => k.writeWord(address, k.services.reserve(OPAQUE_SIZE)) };
  return {
    ifnet: list,
    vnet_entry_ifnet: list,
    vnet0: { size: 16, init: (address) => k.writeWord(address, makeNetwork(k)) },
    net_epoch_preempt: epoch,
    net_epoch: epoch,
    ifnet_rw: opaque,
    ifnet_rwlock: opaque,
    ifnet_sx: opaque,
    ifnet_sxlock: opaque,
  };
}

function makeInterface(k: FreeBsdKernel, options: NetworkInterface): bigint {
  const { xname, addrhead, addr } = k.offsets.ifnet;
  const ifnet = k.services.reserve(ROOM.ifnet);
  const { ifaddrs, assign } = placeAddresses(k, k.offsets.addresses, ifnet, options);
  writeName(k, ifnet, xname, options.name);
  k.writeWord(ifnet + BigInt(addr), ifaddrs[0]);
  const relink = (list: readonly bigint[]): void =>
    link(k, singlyTailQueue, ifnet + BigInt(addrhead), k.offsets.ifaLink, list);
  relink(ifaddrs);
  k.addNetwork(options.name, (others) => relink(assign(others)));
  return ifnet;
}

/**
 * The one struct vnet: its data begins at 0, so that a variable's address is its own. The current thread is in it: where
 * td_vnet lies depends on the release, so without debug information every word of the thread points there.
 */
function makeNetwork(k: FreeBsdKernel): bigint {
  const vnet = k.services.reserve(ROOM.vnet);
  const { tdVnet } = k.offsets;
  if (tdVnet !== null) k.writeWord(k.thread + BigInt(tdVnet), vnet);
  else for (let at = 0; at < ROOM.thread; at += k.wordSize) k.writeWord(k.thread + BigInt(at), vnet);
  return vnet;
}
