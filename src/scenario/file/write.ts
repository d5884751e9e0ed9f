import { stringify } from 'yaml';
import type { Scenario } from './scenario.ts';

/** The YAML of a scenario, which `parseScenario` reads back. */
export function scenarioYaml(scenario: Scenario): string {
  const { title, kernel, host = {}, machine = {}, for: duration, seed, budget = {} } = scenario;
  const { events, faults, preemptions, expect } = scenario;
  const sources = (list: readonly { readonly source: string }[]): string[] => list.map(({ source }) => source);
  const keys: readonly (readonly [key: string, value: unknown])[] = [
    ['title', title],
    ['kernel', kernel],
    ['host', host],
    ['machine', machine],
    ['for', duration],
    ['seed', seed === 0 ? undefined : seed],
    ['events', sources(events)],
    ['faults', sources(faults)],
    ['preemptions', sources(preemptions)],
    ['expect', sources(expect)],
    ['budget', budget],
  ];
  return stringify(Object.fromEntries(keys.filter(([, value]) => !isEmpty(value))), { lineWidth: 0 });
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
