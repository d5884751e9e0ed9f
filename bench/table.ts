/** How the benchmarks print: at most 80 columns, and a word at each figure that misses its mark. */

/** What a figure should reach. */
export interface Mark {
  readonly most?: number;
  readonly least?: number;
}

export function isMissed(value: number, { most, least }: Mark): boolean {
  return (most !== undefined && value > most) || (least !== undefined && value < least);
}

/** Names of the figures that miss their marks, in the order in which they were printed. */
export const missed: string[] = [];

/** `3.41 (<= 3.2) !`, and remembers the name where the mark is missed. */
export function marked(name: string, value: number, mark: Mark, digits = 2): string {
  const limit = mark.most !== undefined ? ` (<= ${mark.most})` : mark.least !== undefined ? ` (>= ${mark.least})` : '';
  const miss = isMissed(value, mark);
  if (miss) missed.push(name);
  return `${value.toFixed(digits)}${limit}${miss ? ' !' : ''}`;
}

/** A row: the first cell to the left, the others to the right. */
export function row(cells: readonly string[], widths: readonly number[]): string {
  const text = cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    return index === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  return text.join('').trimEnd();
}

/** Says on stderr what is being measured: a whole bench takes minutes. */
export function measuring(what: string): void {
  process.stderr.write(`measuring ${what} ...\n`);
}

/** The value in the middle; of an even number of values the mean of the two there. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
