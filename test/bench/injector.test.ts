import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { advance, Bench, type BenchOptions, boot, type Injector } from '../../src/bench/index.ts';
import { type Fact, Recorder } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { parseEvent, parseFault } from '../../src/plan/index.ts';

const NAME = 'planted/preempted-guarded-amd64';
const object = parseObject(readFileSync(`fixtures/kernels/${NAME}.o`), NAME);
const NEVER: Injector = { faultAt: () => null, preempts: () => false };

/** The facts of two virtual seconds with an injector. */
function factsWith(injector: Injector | null, options: Partial<BenchOptions> = {}): Fact[] {
  const bench = new Bench({ object, events: [parseEvent('at=500ms broadcastIp')], ...options });
  const recorder = new Recorder();
  bench.watchers.push(recorder);
  bench.injector = injector;
  try {
    let state = boot(bench);
    while (!state.over) state = advance(bench, 2e9);
    return recorder.facts;
  } finally {
    bench.close();
  }
}

const faultsOf = (facts: readonly Fact[]): (string | null)[] =>
  facts.flatMap((fact) => (fact[0] === 'access' ? [fact[1].fault?.kind ?? null] : []));

it('asks for each access by its number, with the message call that it makes', () => {
  const asked: [string | undefined, number][] = [];
  const facts = factsWith({
    ...NEVER,
    faultAt: (call, access) => {
      asked.push([call?.step, access]);
      return null;
    },
  });
  const steps = facts.flatMap((fact) => (fact[0] === 'access' ? [fact[1].call?.step] : []));
  expect(asked).toEqual(steps.map((step, access) => [step, access]));
  expect(asked.length).toBeGreaterThan(20);
});

it('injects the fault that it returns', () => {
  const faults = faultsOf(factsWith({ ...NEVER, faultAt: (_, access) => (access === 3 ? { kind: 'refuse' } : null) }));
  expect([faults[3], faults.filter((kind) => kind !== null)]).toEqual(['refuse', ['refuse']]);
});

it('gives way to a planned fault at the same access', () => {
  const faults = [parseFault('rpci.open nth=1 refuse')];
  const planned = faultsOf(factsWith(null, { faults })).indexOf('refuse');
  const injector: Injector = { ...NEVER, faultAt: (_, access) => (access === planned ? { kind: 'closed' } : null) };
  expect(faultsOf(factsWith(injector, { faults }))[planned]).toBe('refuse');
});

it('preempts where it says so, and is asked only on a bench that looks for preemption points', () => {
  const asked: number[] = [];
  const injector: Injector = { ...NEVER, preempts: ({ access }) => asked.push(access) === 1 };
  factsWith(injector);
  expect(asked).toEqual([]);
  const facts = factsWith(injector, { preemptions: [] });
  const preempted = facts.flatMap((fact) => (fact[0] === 'preempted' ? [fact[1].access] : []));
  expect([preempted.length, preempted[0]]).toEqual([1, asked[0]]);
});

it('an injector that injects nothing changes nothing', () => {
  expect(factsWith(NEVER)).toEqual(factsWith(null));
});
