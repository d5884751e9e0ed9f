import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accessesOf, Explorer, type Life } from '../../src/check/explorer.ts';
import { faultLine, kindsAt } from '../../src/check/strikes.ts';
import { parseObject } from '../../src/guest/index.ts';
import {
  Bench,
  type BenchOptions,
  boot,
  type Fact,
  liveOn,
  parseEvent,
  parseFault,
  Recorder,
} from '../../src/scenario/index.ts';

/** Lives that share most of their way are what they would be alone. */

const UNTIL = 30e9;
const EVENTS = ['at=5s suspend quiet', 'at=12s backup'];

const optionsOf = (name: string, host: BenchOptions['host'] = {}): BenchOptions => ({
  object: parseObject(readFileSync(`fixtures/kernels/${name}.o`), name),
  host,
  events: EVENTS.map(parseEvent),
});

/** The same life from the start on a bench of its own, by the fault's line. */
function liveAlone(options: BenchOptions, lines: readonly string[]): { facts: Fact[]; struck: boolean } {
  const bench = new Bench({ ...options, faults: lines.map(parseFault) });
  try {
    const recorder = new Recorder();
    bench.watchers.push(recorder);
    let moment = boot(bench);
    while (!moment.over) moment = liveOn(bench, UNTIL);
    bench.guest.endLine();
    return { facts: recorder.facts, struck: bench.plan.idle.length === 0 };
  } finally {
    bench.close();
  }
}

/** How often a bench allocated before is no part of what it does. */
const withoutOrder = (facts: readonly Fact[]): unknown =>
  facts.map((fact) =>
    fact[0] === 'settled' || fact[0] === 'booted'
      ? [fact[0], fact[1], fact[2].map(({ address, size, by }) => [address, size, by])]
      : fact,
  );

const factsOf = ({ pieces }: Life): Fact[] => pieces.flat();

describe.each([
  ['vmt-patched-amd64', {}],
  ['vmt-unpatched-i386', { unsolicitedReply: 'glitch', resetAcrossReopen: 'drop' }],
  ['vmt-netbsd-patched-amd64', { closeBroken: 'refuse' }],
  ['vmt-freebsd-unpatched-i386', { checkpointMode: 'strict' }],
] as const)('%s under %j', (name, host) => {
  it('lives each life as it would be alone, and executes only what is new in it', () => {
    const options = optionsOf(name, host);
    const explorer = new Explorer(options, UNTIL);
    let steps = 0;
    const { guest } = explorer.bench;
    const step = guest.step.bind(guest);
    guest.step = () => {
      steps += 1;
      return step();
    };
    try {
      const { accesses } = explorer;
      const trials = accesses.flatMap((access, at) => kindsAt(access).map((kind) => ({ at, kind })));
      expect(trials.length).toBeGreaterThan(400);
      // Every trial is lived, so that all of them have something to share; one of 37 is compared.
      for (const [index, { at, kind }] of trials.entries()) {
        const life = explorer.live([{ access: at, what: { kind } }]);
        if (index % 37 !== 0) continue;
        const line = faultLine(accesses.slice(0, at + 1), kind);
        const alone = liveAlone(options, [line]);
        expect([line, life.struck, alone.struck]).toEqual([line, 1, true]);
        expect(withoutOrder(factsOf(life))).toEqual(withoutOrder(alone.facts));
      }
      const stepsOfALife = explorer.live([]).pieces.length;
      expect(steps).toBeLessThan((trials.length * stepsOfALife) / 3);
    } finally {
      explorer.close();
    }
  });

  it('lives lives with two faults as they would be alone', () => {
    const options = optionsOf(name, host);
    const explorer = new Explorer(options, UNTIL);
    try {
      const { accesses } = explorer;
      let pairs = 0;
      for (let at = 1; at < accesses.length - 4; at += 9) {
        const first = kindsAt(accesses[at] as (typeof accesses)[number])[at % 5];
        if (first === undefined) continue;
        const one = accessesOf(explorer.live([{ access: at, what: { kind: first } }]).pieces);
        const next = at + 1 + (at % 3);
        const place = one[next];
        const second = place === undefined ? undefined : kindsAt(place)[at % 4];
        if (second === undefined) continue;
        pairs += 1;
        const life = explorer.live([
          { access: at, what: { kind: first } },
          { access: next, what: { kind: second } },
        ]);
        const lines = [faultLine(one.slice(0, at + 1), first), faultLine(one.slice(0, next + 1), second)];
        const alone = liveAlone(options, lines);
        expect([lines, life.struck, alone.struck]).toEqual([lines, 2, true]);
        expect(withoutOrder(factsOf(life))).toEqual(withoutOrder(alone.facts));
      }
      expect(pairs).toBeGreaterThan(10);
    } finally {
      explorer.close();
    }
  });
});
