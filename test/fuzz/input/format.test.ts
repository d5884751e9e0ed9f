import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePlan, encodePlan, type FuzzPlan, HEALTHY, type PlannedAnswer } from '../../../src/fuzz/index.ts';
import { EVENTS, OPERATIONS, PLACES, PROTOCOL_STATES, USERS } from '../../../src/fuzz/input/places.ts';
import { RECORD } from '../../../src/fuzz/input/records.ts';
import { faultWords, parseEvent, parseFault } from '../../../src/plan/index.ts';
import { FAULTS, HOST_EVENTS } from '../../../src/tclo-host/index.ts';

const bytes = fc.uint8Array({ maxLength: RECORD * 20 });

describe('the format of inputs', () => {
  it('reads the empty input, and zeros that fill no record, as a healthy host', () => {
    expect(decodePlan(new Uint8Array(0))).toEqual(HEALTHY);
    expect(decodePlan(new Uint8Array(RECORD - 1))).toEqual(HEALTHY);
  });

  it('reads any bytes as a plan that a scenario can hold', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const { answers, moments, preemptions } = decodePlan(input);
        for (const { place, fault, nth, times } of answers) {
          const step = place === 'command' ? 'port.any' : place;
          expect(parseFault(`${step} ${faultWords(fault)}`).fault).toEqual(fault);
          expect(nth).toBeGreaterThan(0);
          expect(times).toBeGreaterThan(0);
        }
        for (const { after, name, text } of moments) {
          const { event } = parseEvent(`at=${after}ns ${name}${text === '' ? '' : ` ${text}`}`);
          expect([event.name, event.text ?? '']).toEqual([name, text]);
        }
        expect(preemptions.every((point) => point > 0)).toBe(true);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('writes what it read: the same plan', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const plan = decodePlan(input);
        expect(normal(decodePlan(encodePlan(plan)))).toEqual(normal(short(plan)));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('keeps nearly every later answer where a record is inserted at the front', () => {
    const shares: number[] = [];
    fc.assert(
      fc.property(fc.uint8Array({ minLength: RECORD * 30, maxLength: RECORD * 30 }), (input) => {
        const before = decodePlan(input).answers;
        const after = decodePlan(Uint8Array.from([...input.subarray(0, RECORD), ...input])).answers;
        const kept = before.filter((answer) => after.some((other) => JSON.stringify(other) === JSON.stringify(answer)));
        if (before.length > 0) shares.push(kept.length / before.length);
        const other = decodePlan(Uint8Array.from([...input.subarray(7, 7 + RECORD), ...input])).answers;
        const same = before.filter((answer) => other.some((one) => JSON.stringify(one) === JSON.stringify(answer)));
        if (before.length > 0) shares.push(same.length / before.length);
      }),
      { seed: 3, numRuns: 300 },
    );
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.9);
  });

  it('has every kind of fault at each step where it means something', () => {
    for (const [kind, { steps, anyCommand }] of Object.entries(FAULTS)) {
      for (const step of steps) expect(OPERATIONS.get(`tclo.${step}`)).toContain(kind);
      if (anyCommand === true) expect(OPERATIONS.get('command')).toContain(kind);
    }
  });

  it('has every host event, and what users do', () => {
    expect([...EVENTS].sort()).toEqual(Object.keys(HOST_EVENTS).sort());
    expect(USERS).toEqual(['guest.kv', 'guest.sysctl', 'guest.shutdown']);
  });

  it('has the tables that docs/fuzz-input.md states: another order is another format', () => {
    expect(PLACES.slice(0, 3)).toEqual(['rpci.open', 'rpci.sendsize', 'rpci.send']);
    expect(PLACES.slice(-5)).toEqual(['command', 'event', 'user', 'preempt', 'start']);
    expect(PLACES).toHaveLength(19);
    expect(PROTOCOL_STATES).toEqual(['closed', 'open', 'greeted', 'request', 'backup', 'suspended']);
  });
});

/** A text by grammar and one of free bytes may be one and the same; the order of answers at different accesses is none. */
function normal({ answers, ...rest }: FuzzPlan): unknown {
  const key = ({ place, state, nth }: PlannedAnswer): string => `${place} ${state} ${nth}`;
  return { ...rest, answers: [...answers].sort((one, other) => (key(one) < key(other) ? -1 : 1)) };
}

/** As much of a plan as one input holds: long texts take many records. */
function short(plan: FuzzPlan): FuzzPlan {
  return encodePlan(plan).length < RECORD * 64 ? plan : decodePlan(encodePlan(plan));
}
