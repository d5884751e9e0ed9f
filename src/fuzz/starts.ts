import { advance, type Bench, type BenchState, boot } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { type Fact, Recorder } from '../judge/index.ts';
import { type PlannedEvent, parseEvent } from '../plan/index.ts';
import type { StartName } from './input/places.ts';

/** A moment at which executions start. */
export interface Start {
  readonly name: StartName;
  readonly state: BenchState;
  /** Virtual nanoseconds. */
  readonly at: number;
  /** Port accesses before it. */
  readonly accesses: number;
  /** What observers saw up to it. */
  readonly facts: readonly Fact[];
  /** The events that led there, besides those of the bench's own plan. */
  readonly events: readonly PlannedEvent[];
}

/** What leads a healthy session through its states, after the attach. */
const TOUR: readonly (readonly [after: number, name: string])[] = [
  [1e9, 'suspend quiet'],
  [16e9, 'backup'],
];
/** Virtual nanoseconds of the tour. */
const LENGTH = 30e9;
/** Virtual nanoseconds behind the boot in which a session begins, and after which it has begun. */
const SETTLING = 5e9;
const SETTLED = 2e9;

/**
 * The moments from which executions start: power-on, behind the attach, and the first moment of each protocol state on a
 * healthy host.
 * @throws VmtbenchError `fuzz.attach` for a driver that does not attach, `fuzz.accesses` for one that asks the host nothing.
 */
export function findStarts(bench: Bench): ReadonlyMap<StartName, Start> {
  const recorder = new Recorder();
  const facts: Fact[] = [];
  const starts = new Map<StartName, Start>();
  const note = (name: StartName, events: readonly PlannedEvent[]): void => {
    facts.push(...recorder.take());
    if (starts.has(name)) return;
    const { now: at, ports } = bench;
    starts.set(name, { name, state: bench.snapshot(), at, accesses: ports.accesses, facts: facts.slice(), events });
  };
  bench.watchers.push(recorder);
  note('power', []);
  const { over } = boot(bench);
  refuseUnusable(bench, over);
  const attached = bench.now;
  for (let state = advance(bench, attached + SETTLING); !state.over; state = advance(bench, attached + SETTLING)) {
    note(bench.host.phase, []);
    if (bench.host.phase === 'greeted' && !starts.has('attach')) {
      // The messages of a session's beginning are over, and the guest waits for its next poll.
      if (bench.now - attached >= SETTLED) note('attach', []);
    }
  }
  note('attach', []);
  const tour = TOUR.map(([after, name]) => parseEvent(`at=${bench.now + after}ns ${name}`));
  bench.schedule.extend(bench.host.phase === 'closed' ? [] : tour);
  const until = bench.now + LENGTH;
  for (let state = advance(bench, until); !state.over; state = advance(bench, until)) {
    note(
      bench.host.phase,
      tour.filter(({ when }) => when.kind === 'at' && when.ns < bench.now),
    );
  }
  bench.watchers.splice(bench.watchers.indexOf(recorder), 1);
  return starts;
}

function refuseUnusable(bench: Bench, over: boolean): void {
  if (bench.ports.accesses === 0) {
    const hint = 'See what it does with vmtbench run; --kernel says what stands around it.';
    throw new VmtbenchError('fuzz.accesses', 'the guest makes no port access: there is nothing to answer', hint);
  }
  if (!over) return;
  const hint = 'See what it asks with vmtbench run; --kernel and --host say what it should find.';
  throw new VmtbenchError('fuzz.attach', 'the driver does not attach on a healthy host', hint);
}
