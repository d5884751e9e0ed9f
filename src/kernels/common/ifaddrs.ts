import type { InterfaceAddress, NetworkInterface } from '../../guest/index.ts';
import type { Kernel } from './kernel.ts';
import { placeLinkAddress, reserveAddress, type SocketOffsets, writeAddress } from './socket-addresses.ts';
import type { Structures } from './structures.ts';

/** Where fields lie in a struct ifaddr, bytes: pointers all of them. null: it has none. */
export interface IfaddrOffsets {
  readonly ifaAddr: number | null;
  readonly ifaNetmask: number | null;
  readonly ifaIfp: number | null;
}

/** Bytes that a struct ifaddr is given here. */
export const IFADDR_ROOM = 512;

/** Addresses that an interface may get in mid-run beyond those that it has at its start: their place is kept. */
export const MORE_ADDRESSES = 4;

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
  /** Writes other addresses into the same memory. @returns what is in the list from now on, as {@link ifaddrs}. */
  readonly assign: (addresses: readonly InterfaceAddress[]) => PlacedAddresses['ifaddrs'];
}

/** Makes the addresses of an interface whose struct ifnet is there; the lists that they are in are the kernel's own. */
export function placeAddresses(
  k: Kernel,
  { socket, ifaddr, inet6 }: AddressLayout,
  ifnet: bigint,
  options: NetworkInterface,
): PlacedAddresses {
  const make = (address: bigint, mask: bigint): Slot => {
    const at = k.services.reserve(IFADDR_ROOM);
    writeField(k, at, ifaddr.ifaAddr, address);
    writeField(k, at, ifaddr.ifaNetmask, mask);
    writeField(k, at, ifaddr.ifaIfp, ifnet);
    return { at, address, mask };
  };
  const link = placeLinkAddress(k, socket, options);
  const first = make(link, 0n);
  const room = options.addresses.length + MORE_ADDRESSES;
  const slots = Array.from({ length: room }, () => make(reserveAddress(k), reserveAddress(k)));
  const assign = (addresses: readonly InterfaceAddress[]): PlacedAddresses['ifaddrs'] => {
    const used = slots.slice(0, addresses.length);
    for (const [index, slot] of used.entries()) {
      const { address, mask } = addresses[index] as InterfaceAddress;
      writeAddress(k, socket, slot.address, address, inet6);
      writeAddress(k, socket, slot.mask, mask, inet6);
    }
    return [first.at, ...used.map(({ at }) => at)];
  };
  return { link, ifaddrs: assign(options.addresses), assign };
}

/** A struct ifaddr and the socket addresses that it points to. */
interface Slot {
  readonly at: bigint;
  readonly address: bigint;
  readonly mask: bigint;
}

/** A pointer in a structure, if that has the field. */
export function writeField(k: Kernel, structure: bigint, offset: number | null, value: bigint): void {
  if (offset !== null) k.writeWord(structure + BigInt(offset), value);
}

/** if_xname of a struct ifnet: 16 bytes. */
export function writeName(k: Kernel, ifnet: bigint, offset: number | null, name: string): void {
  if (offset !== null) k.memory.write(ifnet + BigInt(offset), Buffer.from(`${name}\0`, 'latin1'));
}
