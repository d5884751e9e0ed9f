import { type StubTable, stub } from '../../guest/index.ts';
import { AF_INET } from './socket-addresses.ts';
import type { HasMemory } from './strings.ts';

/** What functions that write addresses work on. */
export interface HasAddressText extends HasMemory {
  /** Where those keep their text that are given no place for it: 32 bytes. */
  readonly addressTextAt: bigint;
  /** AF_INET6 of this system. */
  readonly inet6: number;
}

/** Bytes of an address by its family. */
function lengthOf({ inet6 }: HasAddressText, family: number): number {
  return family === AF_INET ? 4 : family === inet6 ? 16 : 0;
}

function store({ memory }: HasMemory, to: bigint, text: string): bigint {
  memory.write(to, Buffer.from(`${text}\0`, 'latin1'));
  return to;
}

/** The argument is in network byte order: its first byte in memory is the first of the text. */
const dotted = (address: number): string => [0, 8, 16, 24].map((shift) => (address >>> shift) & 0xff).join('.');

/** Addresses as text. A struct in_addr goes by value. */
export const addressTexts: StubTable<HasAddressText> = {
  inet_ntop: stub('ptr', ['int', 'ptr', 'ptr', 'size'], (k, [family, from, to, room]) => {
    const length = lengthOf(k, family);
    const text = length === 0 ? '' : addressText(k.memory.read(from, length));
    return text === '' || text.length >= room ? 0n : store(k, to, text);
  }),
  inet_ntoa: stub('ptr', ['uint'], (k, [address]) => store(k, k.addressTextAt, dotted(address))),
  inet_ntoa_r: stub('ptr', ['uint', 'ptr'], (k, [address, to]) => store(k, to, dotted(address))),
  intoa: stub('ptr', ['uint'], (k, [address]) => store(k, k.addressTextAt, dotted(address))),
  ip6_sprintf: stub('ptr', ['ptr', 'ptr'], (k, [to, from]) => store(k, to, addressText(k.memory.read(from, 16)))),
  ether_sprintf: stub('ptr', ['ptr'], (k, [address]) => {
    const octets = Array.from(k.memory.read(address, 6), (byte) => byte.toString(16).padStart(2, '0'));
    return store(k, k.addressTextAt, octets.join(':'));
  }),
};

/** Four octets as `10.0.0.5`, sixteen as `2001:db8::5`. */
export function addressText(address: Uint8Array): string {
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
