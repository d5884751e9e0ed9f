import { readFileSync } from 'node:fs';
import {
  Bench,
  benchOptionsOf,
  defineScenario,
  loadScenario,
  mergeScenarios,
  parseObject,
  run,
  runOptionsOf,
} from 'vmtbench';

const upon = defineScenario({ for: '90s', events: ['at=40s migrate'], expect: ['noLeak'] });
const scenario = mergeScenarios(loadScenario('dead-channel'), upon);

const object = parseObject(readFileSync('fixtures/kernels/vmt-unpatched-amd64.o'), 'vmt.o');
const bench = new Bench({ object, ...benchOptionsOf(scenario) });
const { findings } = run(bench, runOptionsOf(scenario));
bench.close();
for (const { invariant, title } of findings) console.log(`${invariant}: ${title}`);
