import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { InvariantFactory } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { defineScenario, type OpenBenchOptions, openBench } from '../../src/scenario/index.ts';
import { TraceReader } from '../../src/trace/index.ts';

const PATCHED = 'fixtures/kernels/vmt-patched-amd64.o';

const VERDICT = { kind: 'invariant', invariant: 'quick', explanation: '', address: null, stack: [] } as const;

describe('openBench', () => {
  it('takes a path, bytes or a parsed object, and runs them alike', () => {
    const bytes = readFileSync(PATCHED);
    const executions = [PATCHED, bytes, parseObject(bytes, 'vmt.o')].map((object) => {
      const bench = openBench({ object });
      const { host, ports, findings } = bench.run('20s');
      bench.close();
      return { host, ports, findings };
    });
    expect(executions[0]?.ports.accesses).toBeGreaterThan(100);
    expect(executions[1]).toEqual(executions[0]);
    expect(executions[2]).toEqual(executions[0]);
  });

  it('puts its keys upon the scenario', () => {
    const scenario = defineScenario({
      for: '10s',
      events: ['at=5s ping'],
      host: { unsolicitedReply: 'accept' },
      seed: 7,
    });
    const bench = openBench({ object: PATCHED, scenario, events: ['at=6s reset'], host: { session: 'resetOnly' } });
    const execution = bench.run();
    bench.close();
    expect(execution.virtualSeconds).toBe(10);
    const { header } = new TraceReader([execution.trace]);
    expect(header).toMatchObject({ seed: 7, events: ['at=5s ping', 'at=6s reset'] });
    expect(header?.host).toMatchObject({ unsolicitedReply: 'accept', session: 'resetOnly' });
  });

  it('gives the same trace twice, whole', () => {
    const trace = (): Uint8Array => {
      const bench = openBench({ object: PATCHED, events: ['every=7s tclo.glitch'], seed: 3 });
      const execution = bench.run('40s');
      bench.close();
      return execution.trace;
    };
    const first = trace();
    const reader = new TraceReader([first]);
    expect([...reader.records()].length).toBeGreaterThan(100);
    expect(reader.verdict?.state).toBe('complete');
    expect(Buffer.from(trace()).equals(first)).toBe(true);
  });

  it("judges by rules that were added, by name and of one's own", () => {
    const quick: InvariantFactory = () => {
      let accesses = 0;
      return {
        access: () => {
          accesses++;
        },
        judge: () => ({ verdicts: accesses < 100 ? [] : [{ ...VERDICT, title: `${accesses} accesses` }] }),
      };
    };
    const bench = openBench({
      object: PATCHED,
      host: { unsolicitedReply: 'accept' },
      events: ['at=5s suspend'],
      invariants: ['noLostEvent', quick],
    });
    const { findings, ports } = bench.run();
    bench.close();
    expect(findings.map(({ invariant, title }) => [invariant, title])).toEqual([
      ['noLostEvent', 'the report of OS_Suspend is lost'],
      ['quick', `${ports.accesses} accesses`],
    ]);
  });

  it('runs once', () => {
    const bench = openBench({ object: PATCHED });
    bench.run('1s');
    expect(() => bench.run('1s')).toThrow('the bench has run');
    bench.close();
  });

  it('keeps no trace that nobody wants', () => {
    const bench = openBench({ object: PATCHED, trace: false });
    expect(bench.run('2s')).toMatchObject({ talk: [], trace: new Uint8Array(0) });
    bench.close();
  });

  it('takes texts, bytes and numbers as arguments', () => {
    const bench = openBench({ object: PATCHED });
    expect(bench.boot()).toBeNull();
    const self = bench.guest.symbol('self') ?? 0n;
    const key = new Uint8Array(Buffer.from('guestinfo.key\0'));
    expect(bench.call('vmt_kvop', self, 1, key, 'a value', 8).value).toBe(0n);
    expect(Buffer.from(bench.host.rpci.store.get('guestinfo.key') ?? []).toString()).toBe('a value');
    expect(bench.talk.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^RPCI #0 > "info-set guestinfo\.key a value"/),
    );
    bench.close();
  });

  it.each([
    [{ object: 'nowhere.o' }, 'cannot read nowhere.o'],
    [{ object: new Uint8Array(8) }, 'guest.o'],
    [{ object: PATCHED, events: ['at=5 ping'] }, 'events[0]'],
    [{ object: PATCHED, faults: ['rpci.open nth=1 nonsense'] }, 'faults[0]'],
    [{ object: PATCHED, evnts: [] } as OpenBenchOptions, 'evnts'],
  ])('refuses %j', (options, message) => {
    expect(() => openBench(options)).toThrow(message);
  });
});
