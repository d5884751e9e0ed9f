import { describe, expect, it } from 'vitest';
import { faultLine, kindsAt, preemptionLine, preemptionPointsOf } from '../../src/check/injections.ts';
import type { Fact } from '../../src/judge/index.ts';
import { parseFault, parsePreemption } from '../../src/plan/index.ts';
import { FAULTS, type FaultKind, faultApplies } from '../../src/tclo-host/index.ts';
import { accessAt } from './support.ts';

const named = (kind: FaultKind): boolean => FAULTS[kind].unnamed !== true;

describe('kindsAt', () => {
  it('has the faults that apply to the step, and none for an access that is no backdoor call', () => {
    const kinds = kindsAt(accessAt(0, { step: 'receive' }));
    expect(kinds).toEqual(
      Object.keys(FAULTS).filter((kind) => named(kind as FaultKind) && faultApplies(kind as FaultKind, 'receive')),
    );
    expect(kinds).toContain('corrupt');
    expect(kindsAt(accessAt(0, { step: 'open' }))).not.toContain('corrupt');
    expect(kindsAt(accessAt(0, null, { command: null }))).toEqual([]);
  });

  it('has the faults of any port access for a command without a message', () => {
    const kinds = kindsAt(accessAt(0, null, { command: 10 }));
    expect(kinds).toContain('garbageRegisters');
    expect(kinds).not.toContain('checkpoint');
  });
});

describe('faultLine', () => {
  const accesses = [
    accessAt(0, { protocol: 'rpci', step: 'open' }),
    accessAt(1, { step: 'sendsize' }),
    accessAt(2, { protocol: 'rpci', step: 'sendsize' }),
    accessAt(3, { step: 'sendsize' }),
    accessAt(4, { protocol: null, step: 'sendsize' }),
    accessAt(5, null, { command: 10 }),
  ];

  it.each([
    [0, 'refuse', 'rpci.open refuse'],
    [1, 'refuse', 'tclo.sendsize refuse'],
    [3, 'break', 'tclo.sendsize nth=2 break'],
    // A step of an unknown channel is that of any channel.
    [4, 'refuse', 'any.sendsize nth=4 refuse'],
    [5, 'garbageRegisters', 'port.any nth=6 garbageRegisters'],
  ] as const)('access %i, %s: %s', (at, kind, line) => {
    expect(faultLine(accesses.slice(0, at + 1), kind)).toBe(line);
    expect(parseFault(line).source).toBe(line);
  });
});

describe('preemptions', () => {
  const point = (due: number): Fact => ['preemptionPoint', { access: 99, at: 0, pc: 0n, due, function: 0n }];
  const access: Fact = ['access', accessAt(0, {})];

  it('counts the accesses of this execution, not those of the one that recorded the facts', () => {
    expect([
      ...preemptionPointsOf([
        [access, point(0)],
        [access, access, point(5)],
      ]),
    ]).toEqual([0, 2]);
  });

  it('leaves out a soft interrupt that is due too late', () => {
    expect([...preemptionPointsOf([[access, point(61e9), access, point(60e9)]])]).toEqual([1]);
  });

  it('writes a line that parses', () => {
    expect(preemptionLine(16)).toBe('nth=17');
    expect(parsePreemption(preemptionLine(16)).source).toBe('nth=17');
  });
});
