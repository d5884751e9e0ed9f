import type { EntryPoints, GuestOutcome } from '../../guest/index.ts';
import type { OpenBsdKernel } from './kernel.ts';
import { shutDown } from './power.ts';

/** dev/pv/pvvar.h: what hostctl(8) asks of a hypervisor's driver. */
const PVBUS_KVREAD = 0n;
const PVBUS_KVWRITE = 1n;
/** PVBUS_KVOP_MAXSIZE: the buffer that pvbus(4) gives. */
const VALUE_ROOM = 4096;

/** What users of a driver of pvbus(4) call it for. */
export const entryPoints = (k: OpenBsdKernel): EntryPoints =>
  new Map([
    ['kv', (text: string) => keyValue(k, text)],
    [
      'shutdown',
      () => {
        shutDown(k, 'halt');
        return null;
      },
    ],
  ]);

/** `read KEY` or `write KEY VALUE`, through the function that the driver has left in the hypervisor's table. */
function keyValue(k: OpenBsdKernel, text: string): GuestOutcome | null {
  const [verb, key = '', ...value] = text.split(' ');
  const table = k.names.get('hv');
  if (table === undefined) return null;
  const handler = k.readWord(table + BigInt(k.offsets.hvKvop));
  const arg = k.readWord(table + BigInt(k.offsets.hvArg));
  if (handler === 0n) return null;
  const { heap } = k.services;
  const places = [text.length + 1, VALUE_ROOM].map((size) => heap.allocate(size, true));
  const [keyAt, valueAt] = places;
  if (keyAt === null || keyAt === undefined || valueAt === null || valueAt === undefined) return null;
  k.memory.write(keyAt, Buffer.from(key, 'latin1'));
  k.memory.write(valueAt, Buffer.from(value.join(' ').slice(0, VALUE_ROOM - 1), 'latin1'));
  const op = verb === 'write' ? PVBUS_KVWRITE : PVBUS_KVREAD;
  const { outcome } = k.services.call(handler, [arg, op, keyAt, valueAt, BigInt(VALUE_ROOM)]);
  for (const place of [keyAt, valueAt]) heap.free(place);
  return outcome;
}
