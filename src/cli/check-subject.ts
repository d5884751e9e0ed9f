import { Bench, invariantFlags, isPossible, LAST_CALLS } from '../bench/index.ts';
import { hostVariants, type Subject } from '../check/index.ts';
import { formatSeconds, isGuestEvent, type PlannedEvent, parseEvent, parseTime } from '../plan/index.ts';
import { loadScenario, NO_SCENARIO } from '../scenario/index.ts';
import { type BenchFlags, checkStubs, readRequest, repeatCommand } from './bench-options.ts';
import { refuseIdle } from './bootable.ts';

/** The flags that say what is explored. */
export interface CheckFlags extends BenchFlags {
  readonly scenario?: string;
  readonly interleavings?: boolean;
}

/** A subject, and what the command says of it. */
export interface OpenedSubject extends Subject {
  /** Virtual nanoseconds: faults strike before it. */
  readonly before: number;
}

/** What happens in a life unless somebody says otherwise: what all tools have to live through. */
const USUAL_EVENTS: readonly string[] = ['at=10s suspend quiet', 'at=25s backup'];
const USUAL_DURATION = '60s';

/**
 * Virtual time that a life goes on after the last fault may have struck, and the last event has come: enough to recover; and enough for `noLeak`,
 * which asks for 90 s, after all faults but those among the last pings.
 */
const AFTERWARDS = 60e9;

/** What users do once each, in the last second: keys and values, sysctl, functions that nothing else calls, shutdown. */
const USERS_CALLS = [
  'guest.kv write guestinfo.vmtbench 1',
  'guest.kv read guestinfo.vmtbench',
  'guest.sysctl',
] as const;

/** One run with all of them, and one more for each function behind which nothing can be called. */
function usersEvents({ guest, sites }: Bench, until: number): PlannedEvent[][] {
  const names = new Set(sites.missed.flatMap(({ uncalled, function: name }) => (uncalled && name ? [name] : [])));
  const frames = [...names].filter((name) => !LAST_CALLS.includes(name)).map((name) => `guest.frame ${name}`);
  const last = [...names].filter((name) => LAST_CALLS.includes(name)).map((name) => `guest.frame ${name}`);
  const runs = [
    [
      ...[...USERS_CALLS, ...frames].map((event) => `at=${until / 1e9 - 1}s ${event}`),
      `at=${until / 1e9}s guest.shutdown`,
    ],
    ...last.map((event) => [`at=${until / 1e9}s ${event}`]),
  ];
  const possible = ({ event }: PlannedEvent): boolean => isGuestEvent(event) && isPossible(guest, event);
  return runs.map((lines) => lines.map(parseEvent).filter(possible)).filter((events) => events.length > 0);
}

/** Reads what is to be explored. @throws VmtbenchError for an object or a word that cannot be used. */
export function openSubject(path: string, flags: CheckFlags): OpenedSubject {
  const base =
    flags.scenario !== undefined
      ? loadScenario(flags.scenario)
      : flags.event !== undefined
        ? NO_SCENARIO
        : { ...NO_SCENARIO, events: USUAL_EVENTS.map(parseEvent) };
  const { scenario, options: asked } = readRequest(path, flags, base);
  // A bench that is told of none looks where something may come in between.
  const options = flags.interleavings === true ? { preemptions: [], ...asked } : asked;
  const before = parseTime(scenario.for ?? USUAL_DURATION);
  const until = Math.max(before, ...scenario.events.map(({ when }) => (when.kind === 'at' ? when.ns : 0))) + AFTERWARDS;
  const bench = new Bench(options);
  let users: PlannedEvent[][] = [];
  try {
    refuseIdle(bench.guest);
    checkStubs(bench, flags.stub ?? []);
    users = usersEvents(bench, until);
  } finally {
    bench.close();
  }
  return {
    bench: options,
    variants: hostVariants(options.host ?? {}),
    before,
    until,
    users,
    for: `${Number(formatSeconds(until))}s`,
    repeat: (plan, rules) => repeatCommand(['run', path, '--for', plan.for, ...invariantFlags(rules)], flags, plan),
  };
}
