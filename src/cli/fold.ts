/** How often a line is shown before the next ones like it are only counted. */
const SHOWN = 2;

/** Says how many lines are left out. */
export const moreLike = (count: number): string => `${count} more like this`;

/** Folds repeated lines as they come: those that came before are counted, and the count is shown before the next new one. */
export class LineFolder {
  readonly #print: (line: string) => void;
  readonly #seen = new Map<string, number>();
  #folded = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** @param text what makes two lines the same, such as the line without its time. */
  add(line: string, text: string): void {
    const count = (this.#seen.get(text) ?? 0) + 1;
    this.#seen.set(text, count);
    if (count > SHOWN) this.#folded++;
    else {
      this.end();
      this.#print(line);
    }
  }

  /** Shows the count of the lines that were left out last. */
  end(): void {
    if (this.#folded > 0) this.#print(`  (${moreLike(this.#folded)})`);
    this.#folded = 0;
  }
}

/** Lines with repeats folded. @param textOf what makes two lines the same. */
export function foldRepeats(lines: readonly string[], textOf: (line: string) => string): string[] {
  const folded: string[] = [];
  const folder = new LineFolder((line) => folded.push(line));
  for (const line of lines) folder.add(line, textOf(line));
  folder.end();
  return folded;
}

/** An access or a console line of a finding without its time: `12.000001s tclo.sendsize #0: refused`. */
export const withoutTime = (line: string): string => line.replace(/^\d+\.\d+s /, '');

/** Breaks a text into lines. The last one ends in "..." where `most` lines do not hold it. */
export function wrap(text: string, width: number, most: number = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cut(`${lines[most - 1] ?? ''} ...`, width)];
}

/** A text of at most `width` characters. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 3)}...`;
