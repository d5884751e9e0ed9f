import { formatSeconds } from '../../plan/index.ts';
import type { HostEvent } from '../../tclo-host/index.ts';
import type { PrintedLine } from '../execution.ts';
import type { Verdict } from '../finding.ts';
import type { Invariant, Judgement } from '../invariants/index.ts';
import {
  COUNTS,
  type CountName,
  type Expectation,
  type Expected,
  LISTS,
  type ListName,
  matchesText,
} from './expectation.ts';

type Line = Extract<Expected, { kind: 'line' }>;

/** The progress of an expectation of a line. */
interface LineState {
  readonly expectation: Expectation;
  readonly line: Line;
  /** Virtual ns of the first line that matches; null: none yet. */
  seen: number | null;
}

/** What is judged at the end of the run. */
interface Seen {
  readonly counts: Record<CountName, number>;
  /** The guest-info keys, as the guest set them. */
  readonly stored: Map<string, string>;
}

/** The kinds of host events that are lists, by their name here. */
const HAPPENINGS: Partial<Record<HostEvent['kind'], ListName>> = { rpci: 'rpci', reply: 'reply', log: 'log' };

/** Judges a run by its expectations, but for those of rules: `rules.ts` judges these. */
export function watchExpectations(expectations: readonly Expectation[]): Invariant {
  const states = expectations.flatMap((expectation): LineState[] =>
    expectation.what.kind === 'line' ? [{ expectation, line: expectation.what, seen: null }] : [],
  );
  const seen: Seen = { counts: { tcloOpens: 0, rpciOpens: 0, channelsOpen: 0, accesses: 0 }, stored: new Map() };
  const pass = (list: ListName, text: string, at: number): void => {
    const open = states.filter((state) => state.line.list === list && state.seen === null);
    // One line meets one of the ordered expectations: the first that no line has met yet.
    const next = open.find(({ expectation }) => !expectation.not);
    for (const state of open) {
      if ((state.expectation.not || state === next) && matchesText(state.line.pattern, text)) state.seen = at;
    }
  };
  return {
    access: () => {
      seen.counts.accesses++;
    },
    console: ({ at, text }: PrintedLine) => pass('console', text, at),
    hostEvent: (hostEvent: HostEvent) => {
      note(seen, hostEvent);
      const list = HAPPENINGS[hostEvent.kind];
      if (list !== undefined) pass(list, hostEvent.text, hostEvent.at);
    },
    judge(): Judgement {
      const ends = expectations.flatMap((expectation) => judgeEnd(expectation, seen));
      return { verdicts: [...states.flatMap(judgeLine), ...ends] };
    },
  };
}

/** Keeps of a host event what is judged at the end. */
function note({ counts, stored }: Seen, { kind, text }: HostEvent): void {
  if (kind === 'open') {
    counts.channelsOpen++;
    counts[text.startsWith('tclo') ? 'tcloOpens' : 'rpciOpens']++;
  } else if (kind === 'close') counts.channelsOpen--;
  else if (kind === 'rpci') {
    const [, key, value = ''] = /^info-set (guestinfo\.\S+) ?(.*)$/s.exec(text) ?? [];
    if (key !== undefined) stored.set(key, value);
  }
}

function judgeLine({ expectation, line, seen }: LineState): Verdict[] {
  if (expectation.not === (seen === null)) return [];
  const what =
    seen === null
      ? `None of the ${LISTS[line.list]} matches, or none after the lines expected before it.`
      : `One of the ${LISTS[line.list]} matches, at ${formatSeconds(seen)}s.`;
  return [unmet(expectation, what)];
}

/** What is judged by how the run ended. */
function judgeEnd(expectation: Expectation, { counts, stored }: Seen): Verdict[] {
  const { what, not } = expectation;
  if (what.kind === 'count') {
    const value = counts[what.count];
    return what.holds(value) === not ? [unmet(expectation, `The number of ${COUNTS[what.count]} is ${value}.`)] : [];
  }
  if (what.kind === 'guestinfo') {
    const value = stored.get(what.key) ?? null;
    const holds = value !== null && matchesText(what.pattern, value);
    return holds === not
      ? [unmet(expectation, value === null ? 'The guest never set the key.' : `The guest set the key to "${value}".`)]
      : [];
  }
  return [];
}

/** @param what was seen instead. */
export function unmet({ source, where }: Expectation, what: string): Verdict {
  return {
    kind: 'invariant',
    invariant: 'expected',
    title: `expectation not met: ${source}`,
    explanation: `${where === undefined ? '' : `${where}: `}${what}`,
    address: null,
    stack: [],
  };
}
