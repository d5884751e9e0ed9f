import { hex } from '../hex.ts';
import { type AccessFact, accessText, type Verdict, type Watcher } from '../judge/index.ts';
import type { FilledOutput } from '../tclo-host/index.ts';
import { advance, boot } from './advance.ts';
import type { Bench } from './bench.ts';

/** One thing that guest or host did. */
interface Line {
  /** Virtual nanoseconds. */
  readonly at: number;
  readonly text: string;
  /** Null: it is no port access. */
  readonly fact: AccessFact | null;
}

/** A filled output, and the access that returned it. */
interface Filled extends FilledOutput {
  readonly fact: AccessFact;
  /** The line of that access. */
  readonly line: number;
}

/** All that a guest and its host said to each other, and what the guest printed. */
interface Conversation {
  readonly lines: readonly Line[];
  readonly filled: readonly Filled[];
}

/** Makes a bench whose host has that value of the option `unspecified`; all else is the same. */
type MakeBench = (unspecified: number) => Bench;

/** Virtual nanoseconds before the end of an execution in which a later instruction may have pushed an access out. */
const EDGE = 1e6;
/** Accesses that a finding shows. */
const SHOWN = 8;

/** Compares executions that differ only in outputs that the protocol leaves open. */
export class ContractCheck {
  readonly #make: MakeBench;
  readonly #until: number;
  #usual: Conversation | null = null;

  /** @param until virtual nanoseconds that each execution lasts. */
  constructor(make: MakeBench, until: number) {
    this.#make = make;
    this.#until = until;
  }

  /** How the guest depends on an output that is drawn from a seed; null: it does the same. */
  verdict(seed: number): Verdict | null {
    this.#usual ??= this.#converse(0, this.#until);
    const other = this.#converse(seed, this.#until);
    const at = firstDifference(this.#usual.lines, other.lines, this.#until);
    if (at === null) return null;
    const cause = this.#causeOf(at, seed, other);
    return cause === null ? null : verdictOf(cause, at, this.#usual.lines, other.lines);
  }

  /** The first filled output without which the guest does not differ there: the smallest number of them decides. */
  #causeOf(at: number, seed: number, { lines, filled }: Conversation): Filled | null {
    const before = filled.filter(({ line }) => line < at);
    const ends = [this.#usual?.lines[at]?.at, lines[at]?.at].map((end) => end ?? this.#until);
    const until = Math.min(this.#until, Math.max(...ends) + EDGE);
    let [same, differs] = [0, before.length];
    while (differs - same > 1) {
      const middle = (same + differs) >>> 1;
      if (this.#differsAt(at, this.#converse(seed, until, middle))) differs = middle;
      else same = middle;
    }
    return before[differs - 1] ?? null;
  }

  #differsAt(at: number, { lines }: Conversation): boolean {
    const usual = this.#usual?.lines ?? [];
    for (let index = 0; index <= at; index++) if (usual[index]?.text !== lines[index]?.text) return true;
    return false;
  }

  #converse(unspecified: number, until: number, most = Number.POSITIVE_INFINITY): Conversation {
    const bench = this.#make(unspecified);
    const recorder = new ConversationRecorder(bench, most);
    try {
      let reached = boot(bench);
      while (!reached.over && !bench.spent) reached = advance(bench, until);
      recorder.end(bench.now, reached.ending?.kind ?? null);
      return recorder;
    } finally {
      bench.close();
    }
  }
}

/** Writes down what is said. */
class ConversationRecorder implements Watcher, Conversation {
  readonly lines: Line[] = [];
  readonly filled: Filled[] = [];
  #fresh: FilledOutput[] = [];

  constructor(bench: Bench, most: number) {
    bench.host.unspecified.most = most;
    bench.host.unspecified.onFill = (output) => this.#fresh.push(output);
    bench.watchers.push(this);
  }

  access(fact: AccessFact): void {
    for (const output of this.#fresh) this.filled.push({ ...output, fact, line: this.lines.length });
    this.#fresh = [];
    const { channel = null, command = null } = fact.call ?? {};
    this.lines.push({ at: fact.at, text: [hex(fact.pc), sayingOf(fact), channel, command].join(' '), fact });
  }

  console({ at, text }: { readonly at: number; readonly text: string }): void {
    this.lines.push({ at, text: `console ${text}`, fact: null });
  }

  hostEvent({ at, kind, text }: { readonly at: number; readonly kind: string; readonly text: string }): void {
    this.lines.push({ at, text: `${kind} ${text}`, fact: null });
  }

  /** @param how the guest ended the execution; null: its time was up. */
  end(at: number, how: string | null): void {
    if (how !== null) this.lines.push({ at, text: `the guest ends: ${how}`, fact: null });
  }
}

/** The index of the first line that differs; null: none does. One more access at the very end is no difference. */
function firstDifference(usual: readonly Line[], other: readonly Line[], until: number): number | null {
  const shorter = Math.min(usual.length, other.length);
  for (let index = 0; index < shorter; index++) if (usual[index]?.text !== other[index]?.text) return index;
  const next = (usual.length > other.length ? usual : other)[shorter];
  return next === undefined || next.at > until - EDGE ? null : shorter;
}

const sayingOf = (fact: AccessFact): string => `${accessText(fact)}: ${fact.outcome}`;

function verdictOf(
  { register, bits, value, fact }: Filled,
  at: number,
  usual: readonly Line[],
  other: readonly Line[],
): Verdict {
  const half = bits === 0xffff ? 'the low half of ' : '';
  const name = `${half}${register.toUpperCase()}`;
  const accesses = other.slice(0, at + 1).flatMap((line) => line.fact ?? []);
  return {
    kind: 'invariant',
    invariant: 'contract',
    title: `the guest depends on ${name} of ${accessText(fact)}, which the protocol leaves open`,
    explanation:
      `The host answered ${accessText(fact)} with ${register.toUpperCase()} ${hex(value)}. ` +
      `After that the guest went on with ${said(other[at])}; with the usual value it goes on with ${said(usual[at])}.`,
    address: fact.pc,
    stack: [],
    accesses: accesses.slice(-SHOWN),
  };
}

function said(line: Line | undefined): string {
  if (line === undefined) return 'nothing more';
  return line.fact === null ? `"${line.text}"` : `"${sayingOf(line.fact)}"`;
}
