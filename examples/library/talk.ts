import { openBench } from 'vmtbench';

const bench = openBench({ object: 'fixtures/kernels/vmt-patched-amd64.o', kernel: 'openbsd' });
const { talk, where } = bench.run('2s');
bench.close();
for (const { at, text, pc } of talk.slice(-4)) console.log(`${(at / 1e9).toFixed(6)} ${text} in ${where(pc)}`);
