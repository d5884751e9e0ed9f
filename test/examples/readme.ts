import { openBench } from 'vmtbench';

const bench = openBench({ object: 'fixtures/kernels/vmt-unpatched-amd64.o', events: ['at=5s tclo.break'] });
for (const { title, line } of bench.run('60s').findings) console.log(title, line);
bench.close();
