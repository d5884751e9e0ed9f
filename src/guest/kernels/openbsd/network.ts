import { type StubTable, stub } from '../stub.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** sys/socket.h */
const AF_INET = 2;
const AF_INET6 = 24;

/** Where the address lies in a sockaddr, and its bytes. */
const ADDRESSES: Readonly<Record<number, { readonly offset: number; readonly length: number }>> = {
  [AF_INET]: { offset: 4, length: 4 },
  [AF_INET6]: { offset: 8, length: 16 },
};

/** Addresses as text. */
export const network: StubTable<OpenBsdKernel> = {
  inet_ntop: stub('ptr', ['int', 'ptr', 'ptr', 'size'], (k, [family, from, to, room]) => {
    const shape = ADDRESSES[family];
    if (shape === undefined) return 0n;
    const text = Buffer.from(`${addressText(k.memory.read(from, shape.length))}\0`, 'latin1');
    if (text.length > room) return 0n;
    k.memory.write(to, text);
    return to;
  }),
  ether_sprintf: stub('ptr', ['ptr'], (k, [address]) => {
    const text = Array.from(k.memory.read(address, 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
    k.memory.write(k.etherText, Buffer.from(`${text}\0`, 'latin1'));
    return k.etherText;
  }),
  // A netmask is a sockaddr that may end early: sa_len says how much of it counts.
  rtable_satoplen: stub('int', ['int', 'ptr'], (k, [family, mask]) => {
    const shape = ADDRESSES[family & 0xff];
    if (shape === undefined) return -1;
    if (mask === 0n) return shape.length * 8;
    const length = Number(k.memory.readUint(mask, 1));
    const size = Math.max(0, Math.min(shape.length, length - shape.offset));
    return prefixLength(k.memory.read(mask + BigInt(shape.offset), size));
  }),
};

function prefixLength(mask: Uint8Array): number {
  let bits = 0;
  for (const byte of mask) {
    if (byte !== 0xff) return bits + Math.clz32(~(byte << 24));
    bits += 8;
  }
  return bits;
}

function addressText(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0)).toString(16),
  );
  return shorten(groups);
}

/** The longest run of two or more zero groups becomes `::`. */
function shorten(groups: readonly string[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}
