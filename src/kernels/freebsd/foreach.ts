import type { FreeBsdKernel } from './kernel.ts';

/**
 * Functions that call back into the driver for each interface or address (net/if.c). A stub cannot call the guest, so
 * these are machine code; `{next}` and the like are 32 bits that depend on the object, `{head}` is an address.
 *
 * `int if_foreach(int (*each)(if_t, void *), void *arg)`: walks on while `each` gives 0.
 * `u_int if_foreach_addr_type(if_t, int type, u_int (*each)(void *, struct ifaddr *, u_int count), void *arg)` and
 * `u_int if_foreach_lladdr(if_t, u_int (*each)(void *, struct sockaddr_dl *, u_int count), void *arg)`: the sum of what
 * `each` gives.
 */
const CODE: Readonly<Record<4 | 8, Readonly<Record<string, string>>>> = {
  8: {
    // rbx each, r12 arg, r13 where the next pointer is
    if_foreach:
      '5341544155 4889fb 4989f4 49bd{head} 31c0 4d8bad{next} 4d85ed 740c 4c89ef 4c89e6 ffd3 85c0 74e8 415d415c5bc3',
    // rbx each, r12 type, r14 arg, r15 count; rax the address, ecx its family
    if_foreach_addr_type:
      '5341544155415641574c8daf{before} 4189f4 4889d3 4989ce 4531ff 4d8bad{next} 4d85ed 7423 498b85{address} ' +
      '0fb688{family} 4139cc 75e1 4c89ee 4c89f7 4489fa ffd3 4101c7 ebd1 4489f8 415f415e415d415c5bc3',
    if_foreach_lladdr:
      '5341544155415641574c8daf{before} 41bc12000000 4889f3 4989d6 4531ff 4d8bad{next} 4d85ed 7423 498b85{address} ' +
      '0fb688{family} 4139cc 75e1 4889c6 4c89f7 4489fa ffd3 4101c7 ebd1 4489f8 415f415e415d415c5bc3',
  },
  4: {
    // ebx each, esi arg, edi where the next pointer is
    if_foreach: '535657 8b5c2410 8b742414 bf{head} 31c0 8bbf{next} 85ff 740b 5657 ffd3 83c408 85c0 74eb 5f5e5bc3',
    // ebp count; eax the address, ecx its family
    if_foreach_addr_type:
      '53565755 8b7c2414 8dbf{before} 8b5c241c 8b742420 31ed 8bbf{next} 85ff 741f 8b87{address} 0fb688{family} ' +
      '394c2418 75e3 555756 ffd3 83c40c 01c5 ebd7 89e8 5d5f5e5bc3',
    if_foreach_lladdr:
      '53565755 8b7c2414 8dbf{before} 8b5c2418 8b74241c 31ed 8bbf{next} 85ff 741e 8b87{address} 0fb688{family} ' +
      '83f912 75e4 555056 ffd3 83c40c 01c5 ebd8 89e8 5d5f5e5bc3',
  },
};

/** The machine code of one of these, null for every other name. */
export function foreachCode(k: FreeBsdKernel, name: string): Uint8Array | null {
  const table = CODE[k.wordSize];
  const code = Object.hasOwn(table, name) ? table[name] : undefined;
  if (code === undefined) return null;
  const { ifnet, ifaLink, addresses } = k.offsets;
  const interfaces = name === 'if_foreach';
  const next = interfaces ? ifnet.link : ifaLink;
  const head = (k.services.symbol('vnet_entry_ifnet') ?? 0n) - BigInt(next);
  const words: Readonly<Record<string, string>> = {
    head: littleEndian(head, k.wordSize),
    next: littleEndian(BigInt(next), 4),
    before: littleEndian(BigInt(ifnet.addrhead - next), 4),
    address: littleEndian(BigInt(addresses.ifaddr.ifaAddr ?? 0), 4),
    family: littleEndian(BigInt(addresses.socket.saFamily), 4),
  };
  const hex = code.replaceAll(' ', '').replace(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '');
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function littleEndian(value: bigint, size: 4 | 8): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(8 * size, value));
  return bytes.subarray(0, size).toString('hex');
}
