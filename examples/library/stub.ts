import { openBench } from 'vmtbench';
import { defineStub } from 'vmtbench/guest';

// A kernel whose memory has run out when the driver attaches.
const malloc = defineStub('malloc', 'ptr', ['size', 'int', 'int'], () => 0n);
const bench = openBench({
  object: 'fixtures/kernels/vmt-patched-amd64.o',
  guest: { stubs: new Map([['malloc', malloc]]) },
});
console.log(bench.run('5s').console.join('\n'));
bench.close();
