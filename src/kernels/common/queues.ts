import type { Kernel } from './kernel.ts';

/** A linked list in guest memory, as the kernels define it; it grows at its end. */
export interface Queue {
  append(element: bigint): void;
}

/**
 * Makes an empty list of one kind; then elements go into it.
 * @param head where the list begins.
 * @param entry where an element keeps its pointers, bytes.
 */
type QueueMaker = (k: Kernel, head: bigint, entry: number) => Queue;

/**
 * TAILQ of sys/queue.h: the head holds the first element and the address of the last one's `next`. An entry holds the
 * next element and the address of the previous one's `next`.
 */
export const tailQueue: QueueMaker = (k, head, entry) => {
  const lastAt = head + BigInt(k.wordSize);
  k.writeWord(head, 0n);
  k.writeWord(lastAt, head);
  return {
    append(element) {
      const next = element + BigInt(entry);
      const last = k.readWord(lastAt);
      k.writeWord(next, 0n);
      k.writeWord(next + BigInt(k.wordSize), last);
      k.writeWord(last, element);
      k.writeWord(lastAt, next);
    },
  };
};

/** STAILQ of sys/queue.h, and CK_STAILQ: as TAILQ, but an entry only points at the next one. */
export const singlyTailQueue: QueueMaker = (k, head, entry) => {
  const lastAt = head + BigInt(k.wordSize);
  k.writeWord(head, 0n);
  k.writeWord(lastAt, head);
  return {
    append(element) {
      const next = element + BigInt(entry);
      k.writeWord(next, 0n);
      k.writeWord(k.readWord(lastAt), element);
      k.writeWord(lastAt, next);
    },
  };
};

/**
 * NetBSD's sys/pslist.h: pointers hold addresses of entries, not of elements. An entry holds the previous entry's
 * pointer, then the next.
 */
export const pointerList: QueueMaker = (k, head, entry) => {
  let last = head;
  k.writeWord(head, 0n);
  return {
    append(element) {
      const at = element + BigInt(entry);
      k.writeWord(at, last);
      k.writeWord(at + BigInt(k.wordSize), 0n);
      k.writeWord(last, at);
      last = at + BigInt(k.wordSize);
    },
  };
};

/** Makes a list at the head and appends the elements, if their structures have room for an entry. */
export function link(
  k: Kernel,
  make: QueueMaker,
  head: bigint | null,
  entry: number | null,
  elements: readonly bigint[],
): void {
  if (head === null) return;
  const list = make(k, head, entry ?? 0);
  if (entry !== null) for (const element of elements) list.append(element);
}
