import { type StubTable, stub } from '../../guest/index.ts';
import type { LinuxKernel } from './kernel.ts';
import { constant, quiet } from './locks.ts';

/** Pages that a list is believed to have. */
const LIST_LIMIT = 65536;

/** Takes an entry out of its list. */
function unlink(k: LinuxKernel, entry: bigint): void {
  const [next, before] = [k.readWord(entry), k.readWord(k.field(entry, 1))];
  k.writeWord(k.field(next, 1), before);
  k.writeWord(before, next);
}

/** Puts an entry first. */
function link(k: LinuxKernel, list: bigint, entry: bigint): void {
  const first = k.readWord(list);
  k.writeWord(entry, first);
  k.writeWord(k.field(entry, 1), list);
  k.writeWord(k.field(first, 1), entry);
  k.writeWord(list, entry);
}

/** Moves entries from one list to another. @returns how many. */
function move(k: LinuxKernel, from: bigint, to: bigint, most: number): bigint {
  let count = 0;
  for (let entry = k.readWord(from); entry !== from && count < most; entry = k.readWord(from), count++) {
    unlink(k, entry);
    link(k, to, entry);
  }
  return BigInt(count);
}

/** Memory that a balloon driver takes from the system. */
export const balloon: StubTable<LinuxKernel> = {
  balloon_page_alloc: stub('ptr', [], (k) => k.pages.allocate(0) ?? 0n),
  balloon_page_enqueue: stub('void', ['ptr', 'ptr'], (k, [device, page]) => {
    link(k, device + BigInt(k.offsets.balloonPages), page + BigInt(k.offsets.pageList));
  }),
  balloon_page_list_enqueue: stub('size', ['ptr', 'ptr'], (k, [device, pages]) => {
    return move(k, pages, device + BigInt(k.offsets.balloonPages), LIST_LIMIT);
  }),
  balloon_page_list_dequeue: stub('size', ['ptr', 'ptr', 'size'], (k, [device, pages, most]) => {
    return move(k, device + BigInt(k.offsets.balloonPages), pages, Math.min(most, LIST_LIMIT));
  }),
  ...quiet('split_page', '__SetPageMovable', '__ClearPageMovable', 'vmci_doorbell_destroy'),
  ...constant(0, '__put_devmap_managed_page_refs'),
  // VMCI_ERROR_UNAVAILABLE: no such device here.
  ...constant(-20, 'vmci_doorbell_create'),
};
