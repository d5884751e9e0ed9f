import { readFileSync } from 'node:fs';
import { Bench, parseEvent, parseObject, parseTime, run } from 'vmtbench';

const object = parseObject(readFileSync('fixtures/kernels/vmt-unpatched-amd64.o'), 'vmt.o');
const bench = new Bench({ object, events: [parseEvent('at=5s tclo.break')] });
const report = run(bench, { until: parseTime('60s') });
for (const { title, line } of report.findings) console.log(title, line);
