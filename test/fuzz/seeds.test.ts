import { expect, it } from 'vitest';
import { decodePlan, firstSeeds } from '../../src/fuzz/index.ts';
import { EVENTS, PLACES, PROTOCOL_STATES } from '../../src/fuzz/input/places.ts';

it('begins with each event, and with a refusal at each pair that was passed, from both starts', () => {
  const pairs = new Uint8Array(256);
  pairs[PLACES.indexOf('tclo.sendsize') * PROTOCOL_STATES.length + PROTOCOL_STATES.indexOf('greeted')] = 3;
  const plans = firstSeeds(pairs).map(decodePlan);
  expect(plans.slice(0, EVENTS.length).map(({ moments }) => moments[0]?.name)).toEqual(EVENTS);
  const refusal = { place: 'tclo.sendsize', state: 'greeted', nth: 1, times: 1, fault: { kind: 'refuse' } };
  expect(plans.slice(EVENTS.length)).toEqual(
    ['attach', 'power'].map((start) => ({ start, answers: [refusal], moments: [], preemptions: [] })),
  );
});
