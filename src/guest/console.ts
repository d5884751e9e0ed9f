/** A line on the kernel's console. */
export interface ConsoleLine {
  /** Virtual nanoseconds of its first character. */
  readonly at: number;
  readonly text: string;
}

/** A line knows the one before: a snapshot is then one reference, however long the console is. */
interface Node {
  readonly line: ConsoleLine;
  readonly before: Node | null;
  readonly count: number;
}

export interface ConsoleState {
  readonly last: unknown;
  readonly partial: ConsoleLine | null;
}

/** A line longer than this is broken, so that a guest that prints for ever does not fill our memory by one line. */
const LINE_LIMIT = 4096;

/** Collects what the guest prints into lines. */
export class GuestConsole {
  /** Told of each line as it ends. */
  onLine: ((line: ConsoleLine) => void) | null = null;
  readonly #now: () => number;
  #last: Node | null = null;
  #partial: ConsoleLine | null = null;
  #lines: ConsoleLine[] | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** All whole lines. */
  get lines(): readonly ConsoleLine[] {
    this.#lines ??= collect(this.#last);
    return this.#lines;
  }

  /** What was printed after the last newline. */
  get partial(): string {
    return this.#partial?.text ?? '';
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
    const line = this.#partial;
    if (line === null) return;
    this.#partial = null;
    this.#last = { line, before: this.#last, count: (this.#last?.count ?? 0) + 1 };
    this.#lines?.push(line);
    this.onLine?.(line);
  }

  snapshot(): ConsoleState {
    return { last: this.#last, partial: this.#partial };
  }

  restore(state: ConsoleState): void {
    this.#last = state.last as Node | null;
    this.#partial = state.partial;
    this.#lines = null;
  }

  #append(text: string): void {
    const line = this.#partial ?? { at: this.#now(), text: '' };
    this.#partial = { at: line.at, text: line.text + text };
    if (this.#partial.text.length > LINE_LIMIT) this.endLine();
  }
}

function collect(last: Node | null): ConsoleLine[] {
  const lines: ConsoleLine[] = new Array(last?.count ?? 0);
  for (let node = last; node !== null; node = node.before) lines[node.count - 1] = node.line;
  return lines;
}
