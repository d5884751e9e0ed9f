import { describe, expect, it } from 'vitest';
import {
  defineScenario,
  loadScenario,
  parseScenario,
  scenarioYaml,
  shippedScenarios,
} from '../../../src/scenario/index.ts';

const plain = (scenario: object): unknown =>
  JSON.parse(JSON.stringify(scenario, (key, value: unknown) => (key === 'where' ? undefined : value)));

describe('the YAML of a scenario', () => {
  it.each(shippedScenarios())('%s is read back the same', (name) => {
    const scenario = loadScenario(name);
    expect(plain(parseScenario(scenarioYaml(scenario), 'x.yaml'))).toEqual(plain(scenario));
  });

  it('has the keys that are given', () => {
    const scenario = defineScenario({ host: { closeBroken: 'refuse' }, seed: 0, for: '3s' });
    expect(scenarioYaml(scenario)).toBe('host:\n  closeBroken: refuse\nfor: 3s\n');
  });
});
