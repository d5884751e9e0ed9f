import { check } from 'vmtbench/check';

const { runs, unexplored, findings } = await check({
  object: 'fixtures/kernels/vmt-patched-amd64.o',
  events: ['at=500ms suspend'],
  for: '2s',
  maxRuns: 300,
});
console.log(`${findings.length} findings in ${runs} runs, ${unexplored} runs left out`);
for (const { symptom, line, runs: shown } of findings.slice(0, 3)) console.log(`${symptom}: ${line}, ${shown} runs`);
