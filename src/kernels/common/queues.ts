import type { Kernel } from './kernel.ts';

/** A list of the kernels' that grows at its end. */
export interface Queue {
  append(element: bigint): void;
}

/**
 * Makes an empty list of one kind; then elements go into it.
 * @param head where the list begins.
 * @param entry where an element keeps its pointers, bytes.
 */
type QueueMaker = (k: Kernel, head: bigint, entry: number) => Queue;

/** TAILQ of sys/queue.h: the head points at the first and at the last one's pointer to the next; entries know both sides. */
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

/** NetBSD's sys/pslist.h: pointers lead from entry to entry, not to elements; an entry is the one before's, then the next. */
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

/** Elements in a list of their own, if the structures that are to be linked have room for it. */
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
