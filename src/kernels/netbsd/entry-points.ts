import type { EntryPoints, GuestOutcome } from '../../guest/index.ts';
import { detachOf } from './attach.ts';
import type { NetBsdKernel } from './kernel.ts';
import { reboot } from './system.ts';

/** Room for what a node tells. */
const VALUE_ROOM = 1024;

/** What users of a driver call it for. */
export const entryPoints = (k: NetBsdKernel): EntryPoints =>
  new Map([
    ...detaching(k),
    ['sysctl', () => readNodes(k)],
    [
      'shutdown',
      () => {
        reboot(k, 'halt');
        return null;
      },
    ],
  ]);

/** drvctl(8), or modunload(8): the driver's detach, whether its attach went well or not. */
function detaching(k: NetBsdKernel): [string, () => GuestOutcome | null][] {
  const detach = detachOf(k);
  if (detach === null) return [];
  return [['unload', () => k.services.call(detach, [k.names.get('device') ?? 0n, 0n]).outcome]];
}

/** sysctl(8): reads each node for which the driver has a function of its own. */
function readNodes(k: NetBsdKernel): GuestOutcome | null {
  const fields = k.offsets.sysctlnode;
  for (const node of k.sysctl.values()) {
    const handler = k.readWord(node + BigInt(fields.func));
    if (handler === 0n) continue;
    const outcome = readNode(k, node, handler);
    if (outcome !== null) return outcome;
  }
  return null;
}

/** SYSCTLFN_ARGS: the name and its length, the old value and its length, the new one, the caller, the node. */
function readNode(k: NetBsdKernel, node: bigint, handler: bigint): GuestOutcome | null {
  const { heap } = k.services;
  const [old, length] = [heap.allocate(VALUE_ROOM, true), heap.allocate(k.wordSize, true)];
  if (old === null || length === null) return null;
  k.writeWord(length, BigInt(VALUE_ROOM));
  const { outcome } = k.services.call(handler, [0n, 0n, old, length, 0n, 0n, 0n, 0n, node]);
  heap.free(old);
  heap.free(length);
  return outcome;
}
