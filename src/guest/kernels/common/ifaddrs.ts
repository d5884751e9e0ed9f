import type { NetworkInterface } from './interfaces.ts';
import type { Kernel } from './kernel.ts';
import { placeAddress, placeLinkAddress, type SocketOffsets } from './socket-addresses.ts';
import type { Structures } from './structures.ts';

/** Where fields lie in a struct ifaddr, bytes: pointers all of them. null: it has none. */
export interface IfaddrOffsets {
  readonly ifaAddr: number | null;
  readonly ifaNetmask: number | null;
  readonly ifaIfp: number | null;
}

/** Bytes that a struct ifaddr is given here. */
export const IFADDR_ROOM = 512;

/** net/if.h, net/if_var.h: address, destination, netmask, interface are its first four pointers everywhere. */
export function ifaddrOffsetsOf({ places }: Structures, wordSize: 4 | 8): IfaddrOffsets {
  const names = { ifaAddr: 'ifa_addr', ifaNetmask: 'ifa_netmask', ifaIfp: 'ifa_ifp' } as const;
  return places('ifaddr', names, IFADDR_ROOM, { ifaAddr: 0, ifaNetmask: 2 * wordSize, ifaIfp: 3 * wordSize });
}

/** What an interface's addresses are laid out with. */
export interface AddressLayout {
  readonly socket: SocketOffsets;
  readonly ifaddr: IfaddrOffsets;
  readonly inet6: number;
}

/** The addresses of an interface: a struct ifaddr each, that of its link first. */
export interface PlacedAddresses {
  /** struct sockaddr_dl */
  readonly link: bigint;
  readonly ifaddrs: readonly [bigint, ...bigint[]];
}

/** Makes the addresses of an interface whose struct ifnet is there; the lists that they are in are the kernel's own. */
export function placeAddresses(
  k: Kernel,
  { socket, ifaddr, inet6 }: AddressLayout,
  ifnet: bigint,
  options: NetworkInterface,
): PlacedAddresses {
  const make = (address: bigint, mask: bigint): bigint => {
    const at = k.services.reserve(IFADDR_ROOM);
    writeField(k, at, ifaddr.ifaAddr, address);
    writeField(k, at, ifaddr.ifaNetmask, mask);
    writeField(k, at, ifaddr.ifaIfp, ifnet);
    return at;
  };
  const link = placeLinkAddress(k, socket, options);
  const place = (octets: readonly number[]): bigint => placeAddress(k, socket, octets, inet6);
  return {
    link,
    ifaddrs: [make(link, 0n), ...options.addresses.map(({ address, mask }) => make(place(address), place(mask)))],
  };
}

/** A pointer in a structure, if that has the field. */
export function writeField(k: Kernel, structure: bigint, offset: number | null, value: bigint): void {
  if (offset !== null) k.writeWord(structure + BigInt(offset), value);
}

/** if_xname of a struct ifnet: 16 bytes. */
export function writeName(k: Kernel, ifnet: bigint, offset: number | null, name: string): void {
  if (offset !== null) k.memory.write(ifnet + BigInt(offset), Buffer.from(`${name}\0`, 'latin1'));
}
