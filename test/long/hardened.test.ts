import { expect, test } from 'vitest';
import { explore, singleWorker } from '../../src/check/index.ts';
import { BEFORE, complaints, everySingle, HOSTS, openLaboratory } from '../guests/hardened-executor.ts';

const PAIRS = 6000;

test.each(['vmt-hardened-amd64', 'vmt-hardened-i386'])(
  `%s survives every single fault from every host, and ${PAIRS} pairs`,
  async (driver) => {
    const executor = openLaboratory(driver);
    const budget = everySingle(executor).length + HOSTS.length + PAIRS;
    const options = { depth: 2, budget, before: BEFORE, variants: HOSTS.length } as const;
    const { runs, findings, unexplored } = await explore(executor, singleWorker(executor), options, () => {});
    executor.close();
    console.log(`${driver}: ${runs} lives, ${unexplored} pairs not lived`);
    expect(complaints(findings.map((finding) => ({ finding })))).toEqual([]);
  },
);
