import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../src/judge/index.ts';
import { MESSAGE_STEPS } from '../../src/protocol/index.ts';
import {
  FAULT_EVIDENCE,
  FAULTS,
  type FaultKind,
  type FaultPlace,
  faultApplies,
  HOST_OPTIONS,
  OPTION_EVIDENCE,
} from '../../src/tclo-host/index.ts';

const KINDS = Object.keys(FAULTS) as FaultKind[];

describe('the table of faults', () => {
  const places = (kind: FaultKind): FaultPlace[] =>
    MESSAGE_STEPS.filter((step) => faultApplies(kind, step)).flatMap((step): FaultPlace[] => [
      `tclo.${step}`,
      `rpci.${step}`,
    ]);

  it.each(KINDS)('has a class and a source for %s wherever it means something', (kind) => {
    const all = [...places(kind), ...(faultApplies(kind, null) ? (['command'] as const) : [])];
    for (const place of all) {
      const row = FAULT_EVIDENCE.find(
        (one) => one.kinds.includes(kind) && (one.places === 'any' || one.places.includes(place)),
      );
      expect([place, (row?.source ?? '') !== '']).toEqual([place, true]);
    }
  });

  it('has no row that decides nothing', () => {
    const used = KINDS.flatMap((kind) =>
      [...places(kind), 'command' as const].map((place) =>
        FAULT_EVIDENCE.find((one) => one.kinds.includes(kind) && (one.places === 'any' || one.places.includes(place))),
      ),
    );
    expect(FAULT_EVIDENCE.filter((row) => !used.includes(row))).toEqual([]);
  });
});

it.each(Object.entries(HOST_OPTIONS))(
  'each value of %s but the default one has a class',
  (option, { values, range }) => {
    const rows = OPTION_EVIDENCE[option as keyof typeof OPTION_EVIDENCE];
    const needed = range === undefined ? (values ?? []).slice(1).map(String) : ['other'];
    for (const value of needed) expect([value, rows[value] ?? rows.other]).not.toEqual([value, undefined]);
  },
);

describe('a plan is as near to a real host as its farthest part', () => {
  it.each([
    [{}, [], [], 'seen'],
    [{ maxChannels: 8 }, ['at=1s suspend quiet', 'at=2s guest.kv read guestinfo.x'], [], 'seen'],
    [{ closeBroken: 'refuse' }, [], [], 'plausible'],
    [{}, ['at=1s migrate'], [], 'plausible'],
    [{}, [], ['tclo.sendsize nth=3 refuse'], 'seen'],
    [{}, [], ['rpci.receive every checkpoint'], 'seen'],
    [{}, [], ['rpci.send checkpoint'], 'plausible'],
    [{}, [], ['any.receive checkpoint'], 'seen'],
    [{}, [], ['port.any nth=2 refuse'], 'plausible'],
    [{}, [], ['rpci.recvsize size=0 oversize'], 'plausible'],
    [{}, [], ['rpci.recvsize size=1 oversize'], 'hostile'],
    [{ closeBroken: 'refuse' }, ['at=1s suspend'], ['tclo.send refuse', 'tclo.recvsize ebx=3 registers'], 'hostile'],
  ] as const)('%j %j %j: %s', (host, events, faults, evidence) => {
    expect(evidenceOf({ host, events, faults })).toBe(evidence);
  });
});
