import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type SubjectRequest, subjectOf, usualScenario } from '../../src/check/subject.ts';
import { parseObject } from '../../src/object/index.ts';
import { NO_SCENARIO, parseScenario } from '../../src/scenario/index.ts';

const objectOf = (name: string) => parseObject(readFileSync(`fixtures/kernels/${name}.o`), name);
const request = (more: Partial<SubjectRequest> = {}): SubjectRequest => ({
  bench: { object: objectOf('vmt-patched-amd64') },
  scenario: NO_SCENARIO,
  interleavings: false,
  sharing: true,
  repeat: () => '',
  ...more,
});

describe('usualScenario', () => {
  it('has a suspend and a backup, unless the user plans events', () => {
    expect(usualScenario(false).events.map(({ source }) => source)).toEqual(['at=10s suspend quiet', 'at=25s backup']);
    expect(usualScenario(true)).toEqual(NO_SCENARIO);
  });
});

describe('subjectOf', () => {
  it.each([
    ['two minutes after the usual time', '', [60e9, 180e9, '180s']],
    ['two minutes after the time of the scenario', 'for: 1ms', [1e6, 120.001e9, '120.001s']],
    ['two minutes after the last event', "for: 1ms\nevents: ['at=25s backup', 'at=5s suspend']", [1e6, 145e9, '145s']],
  ])('ends each execution %s', (_, yaml, wanted) => {
    const scenario = parseScenario(`title: a plan\n${yaml}`, 'plan.yaml');
    const { before, until, for: duration } = subjectOf(request({ scenario }));
    expect([before, until, duration]).toEqual(wanted);
  });

  it('looks for preemption points only on request', () => {
    expect(subjectOf(request()).bench.preemptions).toBeUndefined();
    expect(subjectOf(request({ interleavings: true })).bench.preemptions).toEqual([]);
  });

  it('has the requested host first', () => {
    const { bench } = request();
    const { variants } = subjectOf(request({ bench: { ...bench, host: { closeBroken: 'refuse' } } }));
    expect([variants[0], variants.length]).toEqual([{ closeBroken: 'refuse' }, 4]);
  });

  it('refuses an object that no kernel boots', () => {
    expect(() => subjectOf(request({ bench: { object: objectOf('bare-amd64') } }))).toThrow(/nothing to boot/);
  });

  it('shows the bench to whoever wants to refuse it', () => {
    const inspect: SubjectRequest['inspect'] = ({ guest }) => {
      throw new Error(`no ${guest.kernel}`);
    };
    expect(() => subjectOf(request({ inspect }))).toThrow('no openbsd');
  });
});
