import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Bench, benchOptionsOf, loadScenario, parseObject, run, runOptionsOf } from '../../src/index.ts';

test.each(['amd64', 'i386'])('24 virtual hours of ordinary life on %s', (machine) => {
  const scenario = loadScenario('a-day');
  const found = ['unpatched', 'patched', 'hardened'].map((driver) => {
    const name = `vmt-${driver}-${machine}`;
    const bench = new Bench({
      object: parseObject(readFileSync(`fixtures/kernels/${name}.o`), name),
      ...benchOptionsOf(scenario),
    });
    const { findings, virtualSeconds } = run(bench, runOptionsOf(scenario));
    bench.close();
    expect(virtualSeconds).toBeGreaterThanOrEqual(24 * 3600);
    return findings.map(({ title }) => title);
  });
  // One suspend has its checkpoint, and only one driver receives again.
  expect(found).toEqual([['the report of OS_Suspend is lost'], ['the report of OS_Suspend is lost'], []]);
});
