import { describe, expect, it } from 'vitest';
import {
  type AccessFact,
  EFFECTS,
  type Effect,
  effectOf,
  effectOfKind,
  FAULT_RULINGS,
  INVARIANTS,
  type InvariantName,
  OPTION_RULINGS,
  optionRulingOf,
  type RulingPlace,
  rulingOf,
} from '../../../src/judge/index.ts';
import { parseFault } from '../../../src/plan/index.ts';
import { MESSAGE_STEPS, type MessageStep, type Protocol } from '../../../src/protocol/index.ts';
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

describe('the table of effects', () => {
  it.each(KINDS)('%s: has an effect at every step where it means something, and at no other', (kind) => {
    for (const step of [...MESSAGE_STEPS, null]) {
      if (!faultApplies(kind, step)) continue;
      expect([step, effectOfKind(kind, step)], `judge/invariants/effects.ts has a row for ${kind}`).not.toEqual([
        step,
        null,
      ]);
    }
  });

  it('has no row that decides nothing, and no effect that no fault has', () => {
    const all = KINDS.flatMap((kind) => [...MESSAGE_STEPS, null].map((step) => effectOfKind(kind, step)));
    expect(EFFECTS.filter((effect) => !all.includes(effect))).toEqual([]);
  });

  /** What the host did, and what the guest sees: registers of the answer, and what the host does in place of the call. */
  it.each<[string, AccessFact['outcome'], Effect]>([
    ['rpci.open ecx=0', 'refused', 'unknowable'],
    ['rpci.open edx=0x70000', 'ok', 'unknowable'],
    ['rpci.open eax=1', 'ok', 'delivered'],
    ['tclo.sendsize ecx=0', 'refused', 'unknowable'],
    ['tclo.sendsize eax=7', 'refused', 'refused'],
    ['tclo.recvsize ebx=7', 'ok', 'altered'],
    ['tclo.receive ebx=0', 'refused', 'unknowable'],
    ['tclo.receive ebx=0x100000', 'checkpoint', 'unknowable'],
    ['tclo.receive does=interrupt ebx=0x100000', 'checkpoint', 'postponed'],
    ['tclo.close does=nothing', 'refused', 'refused'],
    ['tclo.close does=nothing ecx=0x10000', 'ok', 'unknowable'],
    ['tclo.status does=withdraw ecx=0x80000', 'status 0x08, unsent', 'withdrew'],
    ['tclo.status does=free ecx=0x40000', 'status 0x04, closed', 'withdrew'],
    ['tclo.status does=break', 'refused', 'withdrew'],
    ['tclo.recvsize does=hide', 'ok', 'postponed'],
    ['tclo.recvsize does=fill ebx=7', 'ok', 'altered'],
  ])('an answer without a name: %s, %s: %s', (line, outcome, effect) => {
    const { fault, protocol, step } = parseFault(`${line} registers`);
    const call = { protocol: protocol as Protocol, step: step as MessageStep, channel: 0, command: null };
    expect(effectOf({ fault, call, outcome })).toBe(effect);
  });
});

describe('what is asked after an effect', () => {
  it('every effect has a ruling for every invariant at every place', () => {
    for (const place of PLACES)
      for (const effect of EFFECTS)
        for (const name of NAMES)
          expect([place, effect, name, rulingOf(name, effect, place)?.asked]).not.toContain(undefined);
  });

  it('has no row that decides nothing', () => {
    const all = NAMES.flatMap((name) =>
      EFFECTS.flatMap((effect) => PLACES.map((place) => rulingOf(name, effect, place))),
    );
    expect(FAULT_RULINGS.filter((row) => !all.includes(row))).toEqual([]);
  });

  /** Where a kind excuses the guest from a rule, by name. */
  const EXCUSED: Readonly<Partial<Record<InvariantName, Readonly<Partial<Record<FaultKind, string>>>>>> = {
    noLeak: {
      refuse: 'close',
      closed: 'close',
      timeout: 'close',
      poweroff: 'close',
      break: 'close',
      garbageRegisters: 'open close',
    },
    noLostEvent: {
      refuse: 'tclo.sendsize tclo.send tclo.close',
      poweroff: 'tclo.sendsize tclo.send tclo.close',
      closed: 'tclo.sendsize tclo.send tclo.recvsize tclo.receive tclo.status tclo.close',
      timeout: 'tclo.sendsize tclo.send tclo.recvsize tclo.receive tclo.status tclo.close',
      unsent: 'tclo.receive tclo.status',
      break: 'tclo.sendsize tclo.send tclo.recvsize tclo.receive tclo.status tclo.close',
      noHighBandwidth: 'tclo.send',
      wrongLength: 'tclo.recvsize',
      oversize: 'tclo.recvsize',
      truncate: 'send tclo.receive',
      corrupt: 'send tclo.receive',
      garbageRegisters:
        'tclo.open tclo.sendsize tclo.send tclo.recvsize tclo.receive tclo.status tclo.close rpci.status',
    },
  };
  const named = KINDS.filter((kind) => FAULTS[kind].unnamed !== true);

  it.each(named)('%s: excuses where it did before it was judged by its effect', (kind) => {
    for (const name of ['noLeak', 'noLostEvent'] as const) {
      const places = (EXCUSED[name]?.[kind] ?? '').split(' ');
      for (const place of PLACES) {
        const step = stepOf(place);
        if (step === null || !faultApplies(kind, step)) continue;
        const asked = rulingOf(name, effectOfKind(kind, step) as Effect, place)?.asked;
        expect([name, place, asked]).toEqual([name, place, !(places.includes(place) || places.includes(step))]);
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
