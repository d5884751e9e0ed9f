import { BadAccess, type EntryPoints, type GuestOutcome } from '../../guest/index.ts';
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
  const reads = verb !== 'write';
  // Whether a read stores anything shows where the buffer holds nothing before.
  const places = [heap.allocate(text.length + 1, true), heap.allocate(VALUE_ROOM, !reads)];
  const [keyAt, valueAt] = places;
  if (keyAt === null || keyAt === undefined || valueAt === null || valueAt === undefined) return null;
  k.memory.write(keyAt, Buffer.from(key, 'latin1'));
  if (!reads) k.memory.write(valueAt, Buffer.from(value.join(' ').slice(0, VALUE_ROOM - 1), 'latin1'));
  const op = reads ? PVBUS_KVREAD : PVBUS_KVWRITE;
  const { outcome, value: error } = k.services.call(handler, [arg, op, keyAt, valueAt, BigInt(VALUE_ROOM)]);
  const missing = outcome === null && reads && BigInt.asUintN(32, error) === 0n && !holdsText(k, valueAt);
  for (const place of [keyAt, valueAt]) heap.free(place);
  return missing ? nothingStored(handler, valueAt) : outcome;
}

/** Whether a string was written there: what pvbus(4) copies out to the user. */
function holdsText(k: OpenBsdKernel, address: bigint): boolean {
  try {
    return k.memory.readCString(address, VALUE_ROOM).length < VALUE_ROOM;
  } catch (error) {
    if (error instanceof BadAccess) return false;
    throw error;
  }
}

function nothingStored(handler: bigint, address: bigint): GuestOutcome {
  const message = 'use of uninitialised memory: hv_kvop returned 0 for a read, and stored no string';
  const detail = 'The kernel copies what stood in the buffer to the user, as the value of the key.';
  return { kind: 'memory', message, detail, address, pc: handler, stack: [] };
}
