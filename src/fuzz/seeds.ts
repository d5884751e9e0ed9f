import { encodePlan } from './input/encode.ts';
import { EVENTS, OPERATIONS, PLACES, PROTOCOL_STATES } from './input/places.ts';
import { HEALTHY } from './input/plan.ts';

/**
 * What a campaign without inputs begins with: each host event alone, and a refusal at each pair of an access and a state
 * that the guest passes on a healthy host.
 * @param pairs counters, one for each pair of a place and a state.
 */
export function firstSeeds(pairs: Uint8Array): Uint8Array[] {
  const events = EVENTS.map((name) => {
    const text = name === 'tclo.send' ? 'ping' : '';
    return encodePlan({ ...HEALTHY, moments: [{ after: 0, name, text }] });
  });
  const refusals = PLACES.flatMap((place, index) =>
    PROTOCOL_STATES.flatMap((state, column) => {
      const isPassed = (pairs[index * PROTOCOL_STATES.length + column] ?? 0) > 0;
      if (!isPassed || OPERATIONS.get(place)?.includes('refuse') !== true) return [];
      const answers = [{ place, state, nth: 1, times: 1, fault: { kind: 'refuse' } as const }];
      return (['attach', 'power'] as const).map((start) => encodePlan({ ...HEALTHY, start, answers }));
    }),
  );
  return [...events, ...refusals];
}
