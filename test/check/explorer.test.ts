import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { advance, Bench, type BenchOptions, boot } from '../../src/bench/index.ts';
import { accessesOf, type Execution } from '../../src/check/execution.ts';
import { Explorer } from '../../src/check/explorer.ts';
import { kindsAt } from '../../src/check/injection-kinds.ts';
import { faultLine, preemptionPointsOf } from '../../src/check/injections.ts';
import { Hosts, hostVariants } from '../../src/check/variants.ts';
import { type Fact, Recorder } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { parseEvent, parseFault, parsePreemption } from '../../src/plan/index.ts';

/** Executions that share segments are what they would be alone. */

const UNTIL = 30e9;
/** Far beyond what it takes on a busy machine. */
const PATIENCE = 600_000;
const EVENTS = ['at=5s suspend quiet', 'at=12s backup'];

const optionsOf = (name: string, host: BenchOptions['host'] = {}): BenchOptions => ({
  object: parseObject(readFileSync(`fixtures/kernels/${name}.o`), name),
  host,
  events: EVENTS.map(parseEvent),
});

/** The same execution from power-on on a bench of its own, by the fault's line. */
function executeAlone(options: BenchOptions, lines: readonly string[]): { facts: Fact[]; injected: boolean } {
  const faults = [...(options.faults ?? []), ...lines.map(parseFault)];
  const bench = new Bench({ ...options, faults });
  try {
    const recorder = new Recorder();
    bench.watchers.push(recorder);
    let idleState = boot(bench);
    while (!idleState.over) idleState = advance(bench, UNTIL);
    bench.guest.endLine();
    return { facts: recorder.facts, injected: bench.plan.untriggered.length === 0 };
  } finally {
    bench.close();
  }
}

/** Removes what depends on earlier executions of the bench: the order of allocations, and numbers of shared accesses. */
const withoutOrder = (facts: readonly Fact[]): unknown =>
  facts.map((fact) =>
    fact[0] === 'idle' || fact[0] === 'booted'
      ? [fact[0], fact[1], fact[2].map(({ address, size, by }) => [address, size, by])]
      : fact[0] === 'preemptionPoint' || fact[0] === 'preempted'
        ? [fact[0], { ...fact[1], access: null }]
        : fact,
  );

const factsOf = ({ pieces }: Execution): Fact[] => pieces.flat();

describe.each([
  ['vmt-patched-amd64', {}],
  ['vmt-unpatched-i386', { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' }],
  ['vmt-netbsd-patched-amd64', { closeBroken: 'refuse' }],
  ['vmt-freebsd-unpatched-i386', { checkpointMode: 'strict' }],
] as const)('%s under %j', (name, host) => {
  it(
    'executes each test case as it would be alone, and only what is new in it',
    () => {
      const options = optionsOf(name, host);
      const explorer = new Explorer({ bench: options, hosts: new Hosts([host]), until: UNTIL });
      let steps = 0;
      const { guest } = explorer.bench;
      const step = guest.step.bind(guest);
      guest.step = () => {
        steps += 1;
        return step();
      };
      try {
        const { accesses } = explorer.baseline(0);
        const testCases = accesses.flatMap((access, at) => kindsAt(access).map((kind) => ({ at, kind })));
        expect(testCases.length).toBeGreaterThan(400);
        // Performs every test case, so that all of them have something to share, and compares one of 37.
        for (const [index, { at, kind }] of testCases.entries()) {
          const execution = explorer.execute([{ access: at, kind }], 0);
          if (index % 37 !== 0) continue;
          const line = faultLine(accesses.slice(0, at + 1), { kind });
          const alone = executeAlone(options, [line]);
          expect([line, execution.injected, alone.injected]).toEqual([line, 1, true]);
          expect(withoutOrder(factsOf(execution))).toEqual(withoutOrder(alone.facts));
        }
        const stepsOfARun = explorer.baseline(0).execution.pieces.length;
        expect(steps).toBeLessThan((testCases.length * stepsOfARun) / 3);
      } finally {
        explorer.close();
      }
    },
    PATIENCE,
  );

  it(
    'executes two faults as they would be alone',
    () => {
      const options = optionsOf(name, host);
      const explorer = new Explorer({ bench: options, hosts: new Hosts([host]), until: UNTIL });
      try {
        const { accesses } = explorer.baseline(0);
        let pairs = 0;
        for (let at = 1; at < accesses.length - 4; at += 9) {
          const first = kindsAt(accesses[at] as (typeof accesses)[number])[at % 5];
          if (first === undefined) continue;
          const one = accessesOf(explorer.execute([{ access: at, kind: first }], 0).pieces);
          const next = at + 1 + (at % 3);
          const place = one[next];
          const second = place === undefined ? undefined : kindsAt(place)[at % 4];
          if (second === undefined) continue;
          pairs += 1;
          const execution = explorer.execute(
            [
              { access: at, kind: first },
              { access: next, kind: second },
            ],
            0,
          );
          const lines = [
            faultLine(one.slice(0, at + 1), { kind: first }),
            faultLine(one.slice(0, next + 1), { kind: second }),
          ];
          const alone = executeAlone(options, lines);
          expect([lines, execution.injected, alone.injected]).toEqual([lines, 2, true]);
          expect(withoutOrder(factsOf(execution))).toEqual(withoutOrder(alone.facts));
        }
        expect(pairs).toBeGreaterThan(10);
      } finally {
        explorer.close();
      }
    },
    PATIENCE,
  );
});

describe.each(['vmt-unpatched-amd64', 'vmt-hardened-i386'])('%s at five hosts', (name) => {
  it(
    'executes each test case as it would be alone at its host, and most of them once',
    () => {
      const options = optionsOf(name);
      const hosts = new Hosts(hostVariants({}));
      const explorer = new Explorer({ bench: options, hosts, until: UNTIL });
      try {
        let executions = 0;
        let shared = 0;
        for (const [host, own] of hosts.all.entries()) {
          const { accesses } = explorer.baseline(host);
          const testCases = accesses.flatMap((access, at) => kindsAt(access).map((kind) => ({ at, kind })));
          for (const { at, kind } of testCases.filter((_, index) => index % 53 === 0)) {
            const execution = explorer.execute([{ access: at, kind }], host);
            executions += 1;
            if (hosts.alike(host, (host + 1) % hosts.all.length, execution.optionsRead)) shared += 1;
            const line = faultLine(accesses.slice(0, at + 1), { kind });
            const alone = executeAlone({ ...options, host: own }, [line]);
            expect([line, own, execution.injected, alone.injected]).toEqual([line, own, 1, true]);
            expect(withoutOrder(factsOf(execution))).toEqual(withoutOrder(alone.facts));
          }
        }
        expect(shared).toBeGreaterThan(executions / 2);
        expect(shared).toBeLessThan(executions);
      } finally {
        explorer.close();
      }
    },
    PATIENCE,
  );
});

it('repeats a loop of the guest as if it had executed each turn', () => {
  const options = { ...optionsOf('vmt-unpatched-amd64'), events: [] };
  const explorer = new Explorer({ bench: options, hosts: new Hosts([{}]), until: 300e9 });
  try {
    const { guest } = explorer.bench;
    const step = guest.step.bind(guest);
    let steps = 0;
    guest.step = () => {
      steps += 1;
      return step();
    };
    const { accesses } = explorer.baseline(0);
    const at = accesses.findIndex(({ call, at: time }) => time > 20e9 && call?.step === 'recvsize');
    const execution = explorer.execute([{ access: at, kind: 'closed' }], 0);
    // The dead channel is tried once a second; the clock is read four times a minute.
    const refusals = accessesOf(execution.pieces).filter(({ outcome }) => outcome === 'refused');
    expect(refusals.length).toBeGreaterThan(250);
    expect(steps).toBeLessThan(100);
    const bench = new Bench({
      ...options,
      faults: [parseFault(faultLine(accesses.slice(0, at + 1), { kind: 'closed' }))],
    });
    const recorder = new Recorder();
    bench.watchers.push(recorder);
    let idleState = boot(bench);
    while (!idleState.over) idleState = advance(bench, 300e9);
    bench.close();
    expect(withoutOrder(factsOf(execution))).toEqual(withoutOrder(recorder.facts));
  } finally {
    explorer.close();
  }
});

it.each(['nth=30', 'random=5', 'rpci.sendsize every'])(
  'applies the plan in every execution, besides the injected fault: %s',
  (preemption) => {
    const options: BenchOptions = {
      ...optionsOf('planted/preempted-guarded-amd64'),
      events: [parseEvent('at=500ms broadcastIp')],
      faults: [parseFault('rpci.open nth=5 refuse')],
      preemptions: [parsePreemption(preemption)],
    };
    const explorer = new Explorer({ bench: options, hosts: new Hosts([{}]), until: UNTIL });
    try {
      const { accesses, execution } = explorer.baseline(0);
      expect(execution.pieces.flat().some(([what]) => what === 'preempted')).toBe(true);
      expect(accesses.some(({ fault }) => fault !== null)).toBe(true);
      const testCases = accesses.flatMap((access, at) => kindsAt(access).map((kind) => ({ at, kind })));
      for (const [index, { at, kind }] of testCases.entries()) {
        if (index % 17 !== 0 || accesses[at]?.fault !== null) continue;
        const found = explorer.execute([{ access: at, kind }], 0);
        const line = faultLine(accesses.slice(0, at + 1), { kind });
        const alone = executeAlone(options, [line]);
        expect([line, found.injected]).toEqual([line, 1]);
        expect(withoutOrder(factsOf(found))).toEqual(withoutOrder(alone.facts));
        const behind = alone.facts.flatMap((fact) => (fact[0] === 'preemptionPoint' ? [fact[1].access] : []));
        expect([...preemptionPointsOf(found.pieces)].every((number) => behind.includes(number))).toBe(true);
        expect(preemptionPointsOf(found.pieces)).toEqual(preemptionPointsOf([alone.facts]));
      }
    } finally {
      explorer.close();
    }
  },
);
