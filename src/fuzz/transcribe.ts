import { advance, Bench, type BenchOptions, boot } from '../bench/index.ts';
import type { AccessFact } from '../judge/index.ts';
import { isGuestEvent } from '../plan/index.ts';
import { benchOptionsOf, runOptionsOf, type Scenario } from '../scenario/index.ts';
import { EVENTS, PLACES, type Place, type ProtocolState, USERS } from './input/places.ts';
import type { FuzzPlan, PlannedAnswer, PlannedMoment } from './input/plan.ts';

/**
 * The plan that does what a scenario does to a guest, as far as plans can: its timed events and each of its faults, where
 * it hit. It starts at power-on.
 * @param options the guest and what is around it; the scenario's host and plan are added.
 */
export function transcribe(scenario: Scenario, options: BenchOptions): FuzzPlan {
  const planned = benchOptionsOf(scenario);
  const bench = new Bench({ ...options, ...planned, guest: { ...options.guest, ...planned.guest }, preemptions: [] });
  const answers: PlannedAnswer[] = [];
  const passed = new Map<string, number>();
  let state: ProtocolState = 'closed';
  bench.injector = {
    faultAt: () => {
      state = bench.host.phase;
      return null;
    },
    preempts: () => false,
  };
  bench.watchers.push({ access: (fact) => noteAnswer(fact, state, passed, answers) });
  try {
    const { until } = runOptionsOf(scenario);
    for (let { over } = boot(bench); !over; ) ({ over } = advance(bench, until));
  } finally {
    bench.close();
  }
  const moments = scenario.events.flatMap(({ when, event }): PlannedMoment[] => {
    const isKnown = [...EVENTS, ...USERS].some((name) => name === event.name);
    if (when.kind !== 'at' || !isKnown) return [];
    const text = isGuestEvent(event) ? event.text : (event.text ?? '');
    return [{ after: when.ns, name: event.name as PlannedMoment['name'], text }];
  });
  return { start: 'power', answers, moments, preemptions: [] };
}

function noteAnswer(
  { call, fault }: AccessFact,
  state: ProtocolState,
  passed: Map<string, number>,
  answers: PlannedAnswer[],
): void {
  const place = placeOf(call);
  if (place === null) return;
  const pair = `${place} ${state}`;
  const nth = (passed.get(pair) ?? 0) + 1;
  passed.set(pair, nth);
  if (fault !== null) answers.push({ place, state, nth, times: 1, fault });
}

function placeOf(call: AccessFact['call']): Place | null {
  if (call === null) return 'command';
  const place = `${call.protocol ?? ''}.${call.step}`;
  return PLACES.find((known) => known === place) ?? null;
}
