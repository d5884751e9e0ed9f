import { check } from 'vmtbench/check';

const { findings, runs } = await check({
  object: 'fixtures/kernels/vmt-patched-amd64.o',
  for: '1ms',
  maxRuns: 200,
});
for (const { symptom, line, runs: shown } of findings) console.log(`${symptom}: ${line}, in ${shown} of ${runs} runs`);
