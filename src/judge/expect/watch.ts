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
  matchesPattern,
} from './expectation.ts';

type Line = Extract<Expected, { kind: 'line' }>;

/** How far an expectation of a line has come. */
interface LineState {
  readonly expectation: Expectation;
  readonly line: Line;
  /** Virtual ns of the first line that is it; null: none yet. */
  seen: number | null;
}

/** What the run has told that is judged at its end. */
interface Seen {
  readonly counts: Record<CountName, number>;
  /** The guest-info keys, as the guest set them. */
  readonly stored: Map<string, string>;
}

/** The kinds of happenings that are lists, by their name here. */
const HAPPENINGS: Partial<Record<HostEvent['kind'], ListName>> = { rpci: 'rpci', reply: 'reply', log: 'log' };

/** Judges a run by what it was expected to show; rules are not judged here but by themselves. */
export function watchExpectations(expectations: readonly Expectation[]): Invariant {
  const states = expectations.flatMap((expectation): LineState[] =>
    expectation.what.kind === 'line' ? [{ expectation, line: expectation.what, seen: null }] : [],
  );
  const seen: Seen = { counts: { tcloOpens: 0, rpciOpens: 0, channelsOpen: 0, accesses: 0 }, stored: new Map() };
  const pass = (list: ListName, text: string, at: number): void => {
    const open = states.filter((state) => state.line.list === list && state.seen === null);
    // One line stands for one of those that have an order, the next that has not come.
    const next = open.find(({ expectation }) => !expectation.not);
    for (const state of open) {
      if ((state.expectation.not || state === next) && matchesPattern(state.line.pattern, text)) state.seen = at;
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

/** Takes from a happening what is judged at the end. */
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
  const came = seen === null ? 'None came' : `One came at ${formatSeconds(seen)}s`;
  const order = seen === null ? ', or none after those that are expected before it' : '';
  return [unmet(expectation, `${came} of the ${LISTS[line.list]}${order}.`)];
}

/** What is judged by how the run ended. */
function judgeEnd(expectation: Expectation, { counts, stored }: Seen): Verdict[] {
  const { what, not } = expectation;
  if (what.kind === 'count') {
    const value = counts[what.count];
    return what.holds(value) === not ? [unmet(expectation, `It was ${value}: ${COUNTS[what.count]}.`)] : [];
  }
  if (what.kind === 'guestinfo') {
    const value = stored.get(what.key) ?? null;
    const holds = value !== null && matchesPattern(what.pattern, value);
    return holds === not ? [unmet(expectation, value === null ? 'It was not set.' : `It was "${value}".`)] : [];
  }
  return [];
}

/** @param what came instead. */
export function unmet({ source, where }: Expectation, what: string): Verdict {
  return {
    kind: 'invariant',
    invariant: 'expected',
    title: `expected and not so: ${source}`,
    explanation: `${where === undefined ? '' : `${where}: `}${what}`,
    address: null,
    stack: [],
  };
}
