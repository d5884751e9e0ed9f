import { check } from 'vmtbench/check';

const { runs, unexplored, causes } = await check({
  object: 'fixtures/kernels/vmt-patched-amd64.o',
  events: ['at=500ms suspend'],
  for: '2s',
  maxRuns: 300,
});
console.log(`${causes.length} causes in ${runs} runs, ${unexplored} runs left out`);
for (const { cause, line, executions } of causes.slice(0, 3)) console.log(`${cause}: ${line}, ${executions} runs`);
