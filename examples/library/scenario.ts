import { defineScenario, openBench } from 'vmtbench';

const suspended = defineScenario({
  title: 'a suspend whose report is lost to the checkpoint',
  for: '2m',
  host: { unsolicitedReply: 'accept' },
  events: ['at=5s suspend'],
  expect: ['recovers', 'noLostEvent'],
});
for (const driver of ['vmt-unpatched', 'vmt-patched', 'vmt-hardened']) {
  const bench = openBench({ object: `fixtures/kernels/${driver}-amd64.o`, scenario: suspended });
  const broken = bench.run().findings.map(({ invariant }) => invariant);
  bench.close();
  console.log(`${driver}: ${broken.join(', ') || 'sound'}`);
}
