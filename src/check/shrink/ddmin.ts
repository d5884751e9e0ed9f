/**
 * The fewest of the items that still pass the test: none of what is left can be taken away alone. Items keep their order.
 * Source: A. Zeller and R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002.
 * @param test must hold for all items.
 */
export function ddmin<T>(items: readonly T[], test: (items: readonly T[]) => boolean): readonly T[] {
  let [left, parts] = [items, 2];
  if (left.length > 0 && test([])) return [];
  while (left.length >= 2) {
    const chunks = split(left, parts);
    const chunk = chunks.find((some) => test(some));
    if (chunk !== undefined) {
      [left, parts] = [chunk, 2];
      continue;
    }
    const rest = chunks.map((some) => left.filter((item) => !some.includes(item))).find((others) => test(others));
    if (rest !== undefined) [left, parts] = [rest, Math.max(2, parts - 1)];
    else if (parts >= left.length) return left;
    else parts = Math.min(left.length, 2 * parts);
  }
  return left;
}

/** Pieces of about the same length. */
function split<T>(items: readonly T[], parts: number): T[][] {
  const cut = (part: number): number => Math.floor((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => items.slice(cut(part), cut(part + 1))).filter(
    (some) => some.length > 0,
  );
}
