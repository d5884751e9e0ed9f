import { type StateCell, States } from '../state.ts';
import type { Excess } from './outcome.ts';

/** A line on the kernel's console. */
export interface ConsoleLine {
  /** Virtual nanoseconds of its first character. */
  readonly at: number;
  readonly text: string;
}

export interface ConsoleState {
  /** Whole lines: the first {@link KEPT}, and from there on the last, at least as many. */
  lines: ConsoleLine[];
  /** The line that is being printed. */
  partial: ConsoleLine | null;
  /** All that was printed. */
  printedLines: number;
  printedCharacters: number;
}

/** A line longer than this is broken, so that a guest that prints for ever does not fill our memory by one line. */
const LINE_LIMIT = 4096;

/** So many lines are kept of the beginning, and of the end. */
const KEPT = 5000;

/** A guest that prints more in one run floods its console. */
const MOST_LINES = 100_000;
const MOST_CHARACTERS = 64 << 20;

/** Collects what the guest prints into lines. */
export class GuestConsole {
  /** Told of each line as it ends. */
  onLine: ((line: ConsoleLine) => void) | null = null;
  /** Told of each line beyond what a run may print. */
  onExcess: ((excess: Excess) => void) | null = null;
  readonly state: StateCell<ConsoleState>;
  readonly #now: () => number;

  constructor(now: () => number, states: States = new States()) {
    this.#now = now;
    this.state = states.cell<ConsoleState>('console', {
      lines: [],
      partial: null,
      printedLines: 0,
      printedCharacters: 0,
    });
  }

  /** All whole lines, or the first and the last of very many. */
  get lines(): readonly ConsoleLine[] {
    return this.state.now.lines;
  }

  /** The same for people, with a count of what was left out in its place. */
  get texts(): string[] {
    const { lines, printedLines } = this.state.now;
    const texts = lines.map(({ text }) => text);
    if (lines.length === printedLines) return texts;
    const last = texts.slice(-KEPT);
    return [...texts.slice(0, KEPT), `[${printedLines - KEPT - last.length} lines are left out here]`, ...last];
  }

  /** What was printed after the last newline. */
  get partial(): string {
    return this.state.now.partial?.text ?? '';
  }

  print(text: string): void {
    const pieces = text.split('\n');
    pieces.forEach((piece, index) => {
      if (piece !== '') this.#append(piece);
      if (index < pieces.length - 1) this.endLine();
    });
  }

  /** Ends the line that is being printed; an empty one is no line. */
  endLine(): void {
    const line = this.state.now.partial;
    if (line === null) return;
    const { change } = this.state;
    change.partial = null;
    change.lines.push(line);
    change.printedLines++;
    change.printedCharacters += line.text.length;
    if (change.lines.length > 3 * KEPT) change.lines.splice(KEPT, change.lines.length - 2 * KEPT);
    this.onLine?.(line);
    const excess = excessOf(change);
    if (excess !== null) this.onExcess?.({ kind: 'excess', message: `the guest printed more than ${excess}` });
  }

  #append(text: string): void {
    const line = this.state.now.partial ?? { at: this.#now(), text: '' };
    const longer = { at: line.at, text: line.text + text };
    this.state.change.partial = longer;
    if (longer.text.length > LINE_LIMIT) this.endLine();
  }
}

function excessOf({ printedLines, printedCharacters }: ConsoleState): string | null {
  if (printedLines > MOST_LINES) return `${MOST_LINES} lines`;
  return printedCharacters > MOST_CHARACTERS ? `${MOST_CHARACTERS} characters` : null;
}
