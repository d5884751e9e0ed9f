import { type StubTable, stub } from '../../guest/index.ts';
import { addressIn } from '../common/socket-addresses.ts';
import type { OpenBsdKernel } from './kernel.ts';
import { AF_INET6 } from './offsets.ts';

/** Netmasks. */
export const network: StubTable<OpenBsdKernel> = {
  // A netmask is a sockaddr that may end early: sa_len says how much of it counts.
  rtable_satoplen: stub('int', ['int', 'ptr'], (k, [family, mask]) => {
    const { socket } = k.offsets.addresses;
    const shape = addressIn(socket, family & 0xff, AF_INET6);
    if (shape === null) return -1;
    if (mask === 0n) return shape.length * 8;
    const length = Number(k.memory.readUint(mask + BigInt(socket.saLen), 1));
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
