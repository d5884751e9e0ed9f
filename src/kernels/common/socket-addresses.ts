import type { NetworkInterface } from '../../guest/index.ts';
import type { Kernel } from './kernel.ts';
import type { Structures } from './structures.ts';

/** sys/socket.h: the same everywhere; AF_INET6 is not. */
export const AF_INET = 2;
export const AF_LINK = 18;

/** net/if_types.h */
const IFT_OTHER = 0x01;
const IFT_ETHER = 0x06;

/** Where fields lie in the socket addresses, and their sizes, bytes. */
export interface SocketOffsets {
  /** struct sockaddr: sa_len and sa_family, a byte each. */
  readonly saLen: number;
  readonly saFamily: number;
  /** struct sockaddr_in and sockaddr_in6. */
  readonly inSize: number;
  readonly inAddr: number;
  readonly in6Size: number;
  readonly in6Addr: number;
  /** struct sockaddr_dl: what it is, the lengths of name and address, and both one behind the other. */
  readonly dlSize: number;
  readonly dlType: number;
  readonly dlNlen: number;
  readonly dlAlen: number;
  readonly dlData: number;
}

/** Bytes that a socket address is given here. */
const ROOM = 128;

/** netinet/in.h, netinet6/in6.h and net/if_dl.h, alike in all of them since 4.4BSD. */
const KNOWN: SocketOffsets = {
  ...{ saLen: 0, saFamily: 1, inSize: 16, inAddr: 4, in6Size: 28, in6Addr: 8 },
  ...{ dlSize: 32, dlType: 4, dlNlen: 5, dlAlen: 6, dlData: 8 },
};

/** NetBSD has half of a sockaddr_dl in a struct of its own. */
const LINK_FIELDS = {
  dlType: ['sdl_type', 'sdl_addr.dl_type'],
  dlNlen: ['sdl_nlen', 'sdl_addr.dl_nlen'],
  dlAlen: ['sdl_alen', 'sdl_addr.dl_alen'],
  dlData: ['sdl_data', 'sdl_addr.dl_data'],
} as const;

/** What the object says of them, else what they are everywhere. */
export function socketOffsetsOf({ offsets, size }: Structures): SocketOffsets {
  return {
    ...offsets('sockaddr', { saLen: 'sa_len', saFamily: 'sa_family' }, ROOM, KNOWN),
    ...offsets('sockaddr_in', { inAddr: 'sin_addr' }, ROOM, KNOWN),
    ...offsets('sockaddr_in6', { in6Addr: 'sin6_addr' }, ROOM, KNOWN),
    ...offsets('sockaddr_dl', LINK_FIELDS, ROOM, KNOWN),
    inSize: size('sockaddr_in', ROOM, KNOWN.inSize),
    in6Size: size('sockaddr_in6', ROOM, KNOWN.in6Size),
    dlSize: size('sockaddr_dl', ROOM, KNOWN.dlSize),
  };
}

/** Where an address lies in the sockaddr of a family, and its bytes; null for a family without. */
export function addressIn(
  offsets: SocketOffsets,
  family: number,
  inet6: number,
): { readonly offset: number; readonly length: number } | null {
  if (family === AF_INET) return { offset: offsets.inAddr, length: 4 };
  return family === inet6 ? { offset: offsets.in6Addr, length: 16 } : null;
}

/** Memory of the kernel's for a sockaddr. */
export const reserveAddress = (k: Kernel): bigint => k.services.reserve(ROOM);

/** Fills a place with a sockaddr_in or sockaddr_in6, by the number of octets. */
export function writeAddress(
  k: Kernel,
  at: SocketOffsets,
  place: bigint,
  octets: readonly number[],
  inet6: number,
): void {
  const [size, family, offset] =
    octets.length === 4 ? [at.inSize, AF_INET, at.inAddr] : [at.in6Size, inet6, at.in6Addr];
  write(k, at, place, size, family, (bytes) => bytes.set(octets, offset));
}

/** A sockaddr_dl: name and Ethernet address of an interface. */
export function placeLinkAddress(k: Kernel, at: SocketOffsets, { name, mac }: NetworkInterface): bigint {
  const data = [...Buffer.from(name, 'latin1'), ...mac];
  const size = Math.min(ROOM, Math.max(at.dlSize, at.dlData + data.length));
  const place = reserveAddress(k);
  write(k, at, place, size, AF_LINK, (bytes) => {
    bytes[at.dlType] = mac.length === 0 ? IFT_OTHER : IFT_ETHER;
    bytes[at.dlNlen] = name.length;
    bytes[at.dlAlen] = mac.length;
    bytes.set(data.slice(0, ROOM - at.dlData), at.dlData);
  });
  return place;
}

function write(
  k: Kernel,
  at: SocketOffsets,
  place: bigint,
  size: number,
  family: number,
  fill: (bytes: Uint8Array) => void,
): void {
  const bytes = new Uint8Array(ROOM);
  bytes[at.saLen] = size;
  bytes[at.saFamily] = family;
  fill(bytes);
  k.memory.write(place, bytes);
}
