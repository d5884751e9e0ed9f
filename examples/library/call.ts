import { openBench } from 'vmtbench';

// What OpenBSD's hostctl(8) asks of vmt(4), without a kernel around it that boots.
const PVBUS_KVREAD = 0;
const PVBUS_KVWRITE = 1;

const bench = openBench({ object: 'fixtures/kernels/vmt-patched-amd64.o' });
bench.boot();
const self = bench.guest.symbol('self') ?? 0n;
const value = bench.guest.place(64);
bench.call('vmt_kvop', self, PVBUS_KVWRITE, 'guestinfo.motd', 'hello', 6);
bench.call('vmt_kvop', self, PVBUS_KVREAD, 'guestinfo.motd', value, 64);
console.log(Buffer.from(bench.guest.machine.readCString(value)).toString());
bench.close();
