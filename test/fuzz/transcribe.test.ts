import { describe, expect, it } from 'vitest';
import { decodePlan, encodePlan, transcribe } from '../../src/fuzz/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { fuzzerOf, objectNamed } from './support.ts';

const NAME = 'vmt-unpatched-amd64';

/** The rules that a scenario's input breaks. */
function rulesOf(yaml: string): (string | undefined)[] {
  const plan = transcribe(parseScenario(yaml, 'a scenario'), { object: objectNamed(NAME) });
  const input = encodePlan(plan);
  expect(decodePlan(input)).toEqual(plan);
  const { fuzzer, found } = fuzzerOf(NAME, true);
  fuzzer.execute(input);
  fuzzer.target.close();
  return found.map(({ finding }) => finding.invariant);
}

describe('a scenario as an input', () => {
  it('has its events', () => {
    expect(rulesOf('for: 40s\nevents: [at=5s tclo.break]')).toContain('recovers');
    expect(rulesOf('for: 40s\nevents: [at=5s suspend]')).toContain('noLostEvent');
  });

  it('has its faults, where they hit', () => {
    expect(rulesOf("for: 40s\nfaults: ['rpci.receive nth=1 checkpoint']")).toContain('recovers');
    expect(rulesOf("for: 40s\nfaults: ['tclo.sendsize nth=7 closed']")).toContain('recovers');
  });

  it('breaks no rule where the scenario does not', () => {
    expect(rulesOf('for: 40s\nevents: [at=5s suspend quiet, at=9s ping]')).toEqual([]);
  });
});
