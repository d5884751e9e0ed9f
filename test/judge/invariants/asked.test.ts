import { describe, expect, it } from 'vitest';
import {
  type AccessFact,
  FAULT_RULINGS,
  INVARIANTS,
  type InvariantName,
  OPTION_RULINGS,
  optionRulingOf,
  type RulingPlace,
  rulingOf,
} from '../../../src/judge/index.ts';
import { MESSAGE_STEPS } from '../../../src/protocol/index.ts';
import { FAULTS, type FaultKind, faultApplies, HOST_OPTIONS, type HostOptions } from '../../../src/tclo-host/index.ts';
import { judge } from './judge.ts';

/** The tables of what is asked: they decide everything, and what they say is what happens. */

const NAMES = Object.keys(INVARIANTS) as InvariantName[];
const KINDS = Object.keys(FAULTS) as FaultKind[];
const PLACES: readonly RulingPlace[] = [
  'probe',
  'command',
  ...MESSAGE_STEPS.flatMap((step): RulingPlace[] => [`tclo.${step}`, `rpci.${step}`]),
];
const stepOf = (place: RulingPlace) => MESSAGE_STEPS.find((step) => place.endsWith(`.${step}`)) ?? null;

describe('the table of faults', () => {
  it.each(KINDS)('%s: every place where it means something has a ruling for every invariant, no other has', (kind) => {
    for (const place of PLACES) {
      const means = faultApplies(kind, stepOf(place));
      const decided = NAMES.filter((name) => rulingOf(name, kind, place) !== null);
      expect([place, decided]).toEqual([place, means ? NAMES : []]);
    }
  });

  it.each(KINDS)('says of %s what noLostEvent still asks', (kind) => {
    const named = FAULT_RULINGS.some(
      ({ invariants, kinds }) => invariants.includes('noLostEvent') && kinds !== 'any' && kinds.includes(kind),
    );
    expect(named, `judge/invariants/asked.ts has a row of noLostEvent for ${kind}`).toBe(true);
  });

  it('has no row that decides nothing', () => {
    const all = NAMES.flatMap((name) => KINDS.flatMap((kind) => PLACES.map((place) => rulingOf(name, kind, place))));
    expect(FAULT_RULINGS.filter((row) => !all.includes(row))).toEqual([]);
  });

  it('names no fault where it means nothing', () => {
    for (const { kinds, places } of FAULT_RULINGS) {
      if (kinds === 'any') continue;
      for (const kind of kinds) {
        const at = places === 'any' ? PLACES : places;
        expect([kind, at.some((place) => faultApplies(kind, stepOf(place)))]).toEqual([kind, true]);
      }
    }
  });
});

describe('the table of host options', () => {
  const values = Object.entries(HOST_OPTIONS).flatMap(([option, row]) =>
    (row.values ?? [row.range?.least ?? 0, row.range?.default ?? 0, row.range?.most ?? 0]).map(
      (value) => [option as keyof HostOptions, value] as const,
    ),
  );

  it.each(values)('%s=%s has a ruling for every invariant', (option, value) => {
    for (const name of NAMES) expect(optionRulingOf(name, option, value)).not.toBeNull();
  });

  it('has no row that decides nothing', () => {
    const all = NAMES.flatMap((name) => values.map(([option, value]) => optionRulingOf(name, option, value)));
    expect(OPTION_RULINGS.filter((row) => !all.includes(row))).toEqual([]);
  });
});

describe('what is asked under a host option', () => {
  const values = Object.entries(HOST_OPTIONS).flatMap(([option, { values: named, range }]) =>
    (named ?? [range?.least ?? 0, range?.most ?? 0]).map((value) => ({ option, value })),
  );
  const events = ['at=3s suspend', 'at=9s tclo.break', 'at=16s tclo.glitch', 'at=22s powerOn'];

  it.each(values)('$option=$value: a driver that gets everything right does it', ({ option, value }) => {
    const { findings } = judge('vmt-hardened-amd64', { events, host: { [option]: value } }, NAMES);
    expect(findings).toEqual([]);
  });

  it.each<[keyof HostOptions, string | boolean, InvariantName]>([
    ['addressError', 'break', 'recovers'],
    ['closeBroken', 'refuse', 'recovers'],
    ['rpciUntilReset', 'refuse', 'recovers'],
    ['highBandwidth', false, 'recovers'],
  ])('%s=%s: the patched driver does not', (option, value, name) => {
    expect(optionRulingOf(name, option, value)?.asked).toBe(true);
    const { findings } = judge('vmt-patched-amd64', { events: ['at=5s tclo.break'], host: { [option]: value } }, []);
    expect(findings.map(({ invariant }) => invariant)).toContain(name);
  });
});

describe('an attach that fails for one failed RPCI step', () => {
  const steps = ['open', 'sendsize', 'send', 'recvsize', 'receive', 'status'];

  it.each(steps)('%s is a finding of `recovers`; what it leaves open, of `noLeak`', (step) => {
    const faults = [`rpci.${step} nth=1 refuse`];
    const of = (driver: string): (string | undefined)[] =>
      judge(driver, { faults }, NAMES).findings.map(({ invariant }) => invariant);
    expect(of('vmt-unpatched-amd64')).toEqual(['recovers', 'noLeak']);
    expect(of('vmt-patched-i386')).toEqual(['recovers']);
    expect(of('vmt-hardened-amd64')).toEqual([]);
  });
});

const FACES = ['vmt', 'vmt-netbsd', 'vmt-freebsd'];
const DRIVERS = FACES.flatMap((face) => ['unpatched', 'patched'].map((which) => `${face}-${which}-amd64`));

describe.each([...DRIVERS, 'vmt-hardened-i386'])('a probe that was struck, %s', (driver) => {
  const host = driver.includes('freebsd') ? ({ session: 'resetOnly' } as const) : {};
  const steps: (string | null)[] = [];
  const watch = () => ({
    access: ({ call }: AccessFact) => void steps.push(call?.step ?? null),
    judge: () => ({ verdicts: [] }),
  });
  judge(driver, { for: '1s' }, [watch]);
  const probes = steps.indexOf('open');

  it('has a probe', () => {
    expect(probes).toBeGreaterThan(0);
  });

  it.each(['refuse', 'garbageRegisters'])('%s: nothing is asked but that nothing leaks', (kind) => {
    for (let nth = 1; nth <= probes; nth += 1) {
      const fault = `port.any nth=${nth} ${kind}`;
      const { findings, notes } = judge(driver, { host, faults: [fault] }, ['noLeak', 'noLostEvent']);
      expect([fault, notes.filter((note) => note.includes('never triggered')), findings]).toEqual([fault, [], []]);
    }
  });
});
