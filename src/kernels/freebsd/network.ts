import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { AF_LINK } from '../common/socket-addresses.ts';
import type { FreeBsdKernel } from './kernel.ts';

/** net/if_var.h: what drivers ask of an interface without looking into it. An iterator's first word is what comes next. */
export const network: StubTable<FreeBsdKernel> = {
  if_iter_start: stub('ptr', ['ptr'], (k, [iterator]) => {
    return start(k, iterator, k.services.symbol('vnet_entry_ifnet') ?? 0n, k.offsets.ifnet.link);
  }),
  if_iter_next: stub('ptr', ['ptr'], (k, [iterator]) => next(k, iterator, k.offsets.ifnet.link)),
  if_iter_finish: nothing(),
  ifa_iter_start: stub('ptr', ['ptr', 'ptr'], (k, [ifnet, iterator]) => {
    return start(k, iterator, ifnet + BigInt(k.offsets.ifnet.addrhead), k.offsets.ifaLink);
  }),
  ifa_iter_next: stub('ptr', ['ptr'], (k, [iterator]) => next(k, iterator, k.offsets.ifaLink)),
  ifa_iter_finish: nothing(),
  if_name: stub('ptr', ['ptr'], (k, [ifnet]) => ifnet + BigInt(k.offsets.ifnet.xname)),
  if_getifaddr: stub('ptr', ['ptr'], (k, [ifnet]) => k.readWord(ifnet + BigInt(k.offsets.ifnet.addr))),
  if_getlladdr: stub('ptr', ['ptr'], (k, [ifnet]) => {
    const { dlNlen, dlData } = k.offsets.addresses.socket;
    const link = linkOf(k, ifnet);
    return link + BigInt(dlData) + k.memory.readUint(link + BigInt(dlNlen), 1);
  }),
  if_lladdr_count: stub('uint', ['ptr'], (k, [ifnet]) => {
    const { saFamily } = k.offsets.addresses.socket;
    return Number(k.memory.readUint(linkOf(k, ifnet) + BigInt(saFamily), 1) === BigInt(AF_LINK));
  }),
  // Nothing is ever taken away from these lists: locks, references and epochs have nothing to keep.
  ...Object.fromEntries(
    [
      'if_addr_rlock',
      'if_addr_runlock',
      'if_maddr_rlock',
      'if_maddr_runlock',
      'if_ref',
      'if_rele',
      'ifa_ref',
      'ifa_free',
    ]
      .concat(['epoch_enter_preempt', 'epoch_exit_preempt', 'epoch_enter', 'epoch_exit'])
      .map((name) => [name, nothing()]),
  ),
};

/** struct sockaddr_dl of an interface. */
function linkOf(k: FreeBsdKernel, ifnet: bigint): bigint {
  const ifaddr = k.readWord(ifnet + BigInt(k.offsets.ifnet.addr));
  return k.readWord(ifaddr + BigInt(k.offsets.addresses.ifaddr.ifaAddr ?? 0));
}

function start(k: FreeBsdKernel, iterator: bigint, head: bigint, entry: number): bigint {
  k.memory.fill(iterator, 4 * k.wordSize, 0);
  k.writeWord(iterator, k.readWord(head));
  return next(k, iterator, entry);
}

/** The element that is next, and the one behind it is that from now on. */
function next(k: FreeBsdKernel, iterator: bigint, entry: number): bigint {
  const element = k.readWord(iterator);
  if (element !== 0n) k.writeWord(iterator, k.readWord(element + BigInt(entry)));
  return element;
}

function nothing(): Stub<FreeBsdKernel> {
  return stub('void', ['ptr'], () => {});
}
