import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadScenario, shippedScenarios } from '../../src/index.ts';
import { replay, traceOf } from '../support/replays.ts';

const FIXTURES = ['', 'planted/', 'sequence/'].flatMap((folder) =>
  readdirSync(`fixtures/kernels/${folder}`)
    .filter((file) => /^(?!bare|loop).*\.o$/.test(file))
    .map((file) => `fixtures/kernels/${folder}${file}`),
);

describe.each(shippedScenarios())('replay of %s', (scenario) => {
  it('is identical on every fixture that can play it', () => {
    let replayed = 0;
    for (const path of FIXTURES) {
      const trace = traceOf(path, loadScenario(scenario));
      if (trace === null) continue;
      expect({ path, difference: replay(trace, path).difference }).toEqual({ path, difference: null });
      replayed += 1;
    }
    console.log(`${scenario}: ${replayed} of ${FIXTURES.length} fixtures`);
    expect(replayed).toBeGreaterThan(20);
  });
});
