import { describe, expect, it } from 'vitest';
import { kindsAt, moreKinds } from '../../src/check/injection-kinds.ts';
import { faultLine, faultLines, preemptionLine, preemptionPointsOf } from '../../src/check/injections.ts';
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
    expect(faultLine(accesses.slice(0, at + 1), { kind })).toBe(line);
    expect(parseFault(line).source).toBe(line);
  });
});

describe('faultLines', () => {
  const accesses = [0, 1, 2].map((at) => accessAt(at * 1e9, { protocol: 'rpci', step: 'receive' }));
  const lasting = accesses.map((access) => ({ ...access, fault: { kind: 'refuse', until: 21e9 } as const }));

  it.each([
    ['checkpoint', ['rpci.receive nth=2 checkpoint']],
    ['checkpoint twice', ['rpci.receive nth=2 checkpoint', 'rpci.receive nth=3 checkpoint']],
    ['refuse lasting', ['rpci.receive from=1000000000ns until=21000000000ns every refuse']],
    ['preempt', []],
  ] as const)('%s', (kind, lines) => {
    expect(faultLines(lasting, 1, kind, [2])).toEqual(lines);
    for (const line of lines) expect(parseFault(line).source).toBe(line);
  });

  it('has the size of a length', () => {
    const asked = [accessAt(0, { protocol: 'rpci', step: 'recvsize' })];
    const [line = ''] = faultLines(asked, 0, 'oversize size=4294967295', []);
    expect(parseFault(line).fault).toEqual({ kind: 'oversize', size: 0xffffffff });
  });
});

describe('moreKinds', () => {
  it('has lengths at their edges and about the sizes of the blocks, at the first two accesses of a kind', () => {
    const ask = (at: number) => accessAt(at, { protocol: 'rpci', step: 'recvsize', command: '1 x' });
    const more = moreKinds([ask(0), ask(1), ask(2), accessAt(3, null, { command: 10 })], [512, 0x20000]);
    expect([...more.keys()]).toEqual([0, 1]);
    const sizes = (more.get(0) ?? []).filter((kind) => kind.startsWith('oversize size='));
    for (const size of [0, 1, 511, 512, 513, 0x80000000, 0xffffffff]) expect(sizes).toContain(`oversize size=${size}`);
    expect(sizes).not.toContain(`oversize size=${0x20000}`);
    expect(more.get(0)).toEqual(expect.arrayContaining(['refuse twice', 'refuse lasting', 'stall lasting']));
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
