import type { AccessFact } from '../judge/index.ts';
import type { InjectionKind } from './injection-kinds.ts';
import type { PlannedInjection } from './test-case.ts';

/** A test case in words that are the same for another build of the guest. Plain data. */
export interface CaseName {
  /** Its injections, and the options of the host besides: `tclo.send "ping" break (closeBroken=refuse)`. */
  readonly trigger: string;
  /** Which access of those words it is, from 1; of a pair also how many accesses later the second injection is: `3+2`. */
  readonly occurrence: string;
}

/** The step and the first word of an access' message: `tclo.send "ping"`. */
export function wordsOf({ call, command, port }: AccessFact): string {
  if (call === null) return command === null ? `port 0x${port.toString(16)}` : `command 0x${command.toString(16)}`;
  const [word = ''] = call.command?.split(' ') ?? [];
  return `${call.protocol ?? 'any'}.${call.step}${word === '' ? '' : ` "${word}"`}`;
}

/** `tclo.close`; null: the access is no step of an open channel. */
export const stepOf = ({ call }: AccessFact): string | null =>
  call === null || call.protocol === null ? null : `${call.protocol}.${call.step}`;

/** One injection in words without numbers. */
export const triggerOf = (access: AccessFact | undefined, kind: InjectionKind): string =>
  access === undefined ? kind : `${wordsOf(access)} ${kind}`;

/** Counts accesses of the same words. @returns by access, how many of its words there were up to it. */
export function countWords(accesses: readonly AccessFact[]): number[] {
  const counts = new Map<string, number>();
  return accesses.map((access) => {
    const words = wordsOf(access);
    const count = (counts.get(words) ?? 0) + 1;
    counts.set(words, count);
    return count;
  });
}

/** @param counts of {@link countWords}, of the accesses of the baseline run. */
export function occurrenceOf(injections: readonly PlannedInjection[], counts: readonly number[]): string {
  const [first, ...more] = injections;
  if (first === undefined) return '1';
  return [counts[first.access] ?? 0, ...more.map(({ access }) => access - first.access)].join('+');
}

/** Occurrences by trigger. */
export class Occurrences {
  readonly #byTrigger = new Map<string, Set<string>>();

  add({ trigger, occurrence }: CaseName): void {
    const known = this.#byTrigger.get(trigger);
    if (known === undefined) this.#byTrigger.set(trigger, new Set([occurrence]));
    else known.add(occurrence);
  }

  /** By trigger in short: `1-7,9`. */
  get texts(): Readonly<Record<string, string>> {
    const sorted = [...this.#byTrigger].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([trigger, set]) => [trigger, shorten(set)]));
  }
}

/** `1-7,9,3+2` for occurrences in any order. */
export function shorten(occurrences: Iterable<string>): string {
  const texts = [...new Set(occurrences)];
  const plain = texts.filter((text) => /^\d+$/.test(text)).map(Number);
  const ranges: { from: number; to: number }[] = [];
  for (const number of plain.sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to + 1 === number) last.to = number;
    else ranges.push({ from: number, to: number });
  }
  const pairs = texts.filter((text) => !/^\d+$/.test(text)).sort();
  return [...ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)), ...pairs].join(',');
}

/** More than any check has. A range of a file is not trusted. */
const MOST_OCCURRENCES = 100_000;

/** What {@link shorten} has shortened. */
export function lengthen(text: string): Set<string> {
  const occurrences = new Set<string>();
  for (const part of text.split(',')) {
    const [, from, to] = /^(\d+)-(\d+)$/.exec(part) ?? [];
    if (from === undefined || to === undefined) occurrences.add(part);
    else
      for (let n = Number(from); n <= Number(to) && occurrences.size < MOST_OCCURRENCES; n++) occurrences.add(`${n}`);
  }
  return occurrences;
}
