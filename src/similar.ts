/** Letters of a word that are compared, at most. */
const LONGEST = 60;

/** The known word that is most like a mistyped one, whatever its case; null: none is like it. */
export function similar(word: string, known: Iterable<string>): string | null {
  const typed = word.slice(0, LONGEST).toLowerCase();
  let [nearest, fewest]: [string | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const name of known) {
    const most = Math.max(1, Math.floor(name.length / 3));
    if (Math.abs(name.length - typed.length) > most) continue;
    const steps = distance(typed, name.toLowerCase());
    if (steps <= most && steps < fewest) [nearest, fewest] = [name, steps];
  }
  return nearest;
}

/** A hint for a word that a table does not have. @param what the words of the table, such as "events" */
export function knownWords(word: string, what: string, known: readonly string[]): string {
  const near = similar(word, known);
  return `${near === null ? '' : `Did you mean ${near}? `}The ${what} are ${known.join(', ')}.`;
}

/** The edit distance of two words: letters to insert, drop, change, or swap with the next. */
function distance(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const steps = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(swapped ? Math.min(steps, (before[j - 2] ?? 0) + 1) : steps);
    }
    [before, last] = [last, row];
  }
  return last.at(-1) ?? 0;
}
