import { expect, it } from 'vitest';
import { check } from '../../src/check/index.ts';
import { shrunk } from '../check/shrink/plans.ts';

const OBJECT = 'fixtures/kernels/vmt-unpatched-amd64.o';
const RUNS = 2000;

it('a plan of twenty lines is shrunk to the one that matters, for each cause that a check finds', async () => {
  const { findings } = await check({ object: OBJECT, for: '8s', maxRuns: RUNS, events: [] });
  let tried = 0;
  for (const { plan, title, invariant } of findings) {
    const [fault, ...others] = plan.faults;
    if (fault === undefined || others.length > 0 || plan.events.length > 0 || invariant === undefined) continue;
    tried += 1;
    const { before, after } = shrunk(OBJECT, `${invariant}: `, fault, plan.host);
    expect({ title, before, after }).toEqual({ title, before: 20, after: 1 });
  }
  console.log(`${tried} of ${findings.length} findings of ${RUNS} runs`);
  expect(tried).toBeGreaterThan(10);
});
