import { stringify } from 'yaml';
import type { Plan } from '../judge/index.ts';
import { parseScenario, type Scenario } from '../scenario/index.ts';

/** The plan of a run as a scenario's file. @param title one line that says what it shows */
export function scenarioText(plan: Plan, title: string): string {
  const { kernel, for: duration, host, machine, interfaces, events, faults, preemptions, budget, seed } = plan;
  const network = interfaces === undefined ? {} : { interfaces: interfaces.map(interfaceOf) };
  const facts = { ...machine, ...network };
  return stringify(
    {
      title: title.slice(0, 200),
      kernel,
      for: duration,
      ...(Object.keys(host).length === 0 ? {} : { host }),
      ...(Object.keys(facts).length === 0 ? {} : { machine: facts }),
      ...(events.length === 0 ? {} : { events }),
      ...(faults.length === 0 ? {} : { faults }),
      ...(preemptions === undefined ? {} : { preemptions }),
      ...(budget === undefined ? {} : { budget }),
      ...(seed === 0 ? {} : { seed }),
    },
    { lineWidth: 0 },
  );
}

/** The same, read back. */
export const scenarioOf = (plan: Plan): Scenario => parseScenario(scenarioText(plan, 'a fuzzed run'), 'the plan');

/** `vmx0 00:50:56:01:02:03 10.0.0.5/24` as a scenario has it. */
function interfaceOf(line: string): object {
  const [name = '', ...words] = line.split(' ');
  const mac = words[0]?.includes('/') === true ? undefined : words.shift();
  return { name, ...(mac === undefined ? {} : { mac }), addresses: words };
}
