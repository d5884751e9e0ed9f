import { openBench } from 'vmtbench';

const bench = openBench({ object: 'fixtures/kernels/vmt-unpatched-amd64.o', events: ['at=5s tclo.break'] });
const { findings } = bench.run('60s');
bench.close();
for (const { title, function: name, line } of findings) console.log(`${title}: ${name}, ${line}`);
