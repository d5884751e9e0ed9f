import { type StateCell, States } from '../state.ts';

/** A line on the kernel's console. */
export interface ConsoleLine {
  /** Virtual nanoseconds of its first character. */
  readonly at: number;
  readonly text: string;
}

export interface ConsoleState {
  /** Whole lines. */
  lines: ConsoleLine[];
  /** The line that is being printed. */
  partial: ConsoleLine | null;
}

/** A line longer than this is broken, so that a guest that prints for ever does not fill our memory by one line. */
const LINE_LIMIT = 4096;

/** Collects what the guest prints into lines. */
export class GuestConsole {
  /** Told of each line as it ends. */
  onLine: ((line: ConsoleLine) => void) | null = null;
  readonly state: StateCell<ConsoleState>;
  readonly #now: () => number;

  constructor(now: () => number, states: States = new States()) {
    this.#now = now;
    this.state = states.cell<ConsoleState>('console', { lines: [], partial: null });
  }

  /** All whole lines. */
  get lines(): readonly ConsoleLine[] {
    return this.state.now.lines;
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
    this.onLine?.(line);
  }

  #append(text: string): void {
    const line = this.state.now.partial ?? { at: this.#now(), text: '' };
    const longer = { at: line.at, text: line.text + text };
    this.state.change.partial = longer;
    if (longer.text.length > LINE_LIMIT) this.endLine();
  }
}
