import { type StubTable, stub } from '../../guest/index.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** sensor_attach(9): nobody reads the sensors here. */
export const sensors: StubTable<OpenBsdKernel> = {
  sensor_attach: stub('void', ['ptr', 'ptr'], () => {}),
  sensor_detach: stub('void', ['ptr', 'ptr'], () => {}),
  sensordev_install: stub('void', ['ptr'], () => {}),
  sensordev_deinstall: stub('void', ['ptr'], () => {}),
};

/** The random pool. What comes out of it is the same at every run. */
export const randomness: StubTable<OpenBsdKernel> = {
  enqueue_randomness: stub('void', ['uint'], () => {}),
  suspend_randomness: stub('void', [], () => {}),
  resume_randomness: stub('void', ['ptr', 'size'], () => {}),
  rdrand: stub('void', ['ptr'], () => {}),
  arc4random: stub('uint', [], (k) => k.random.next()),
  arc4random_uniform: stub('uint', ['uint'], (k, [limit]) => (limit < 2 ? 0 : k.random.next() % limit)),
  arc4random_buf: stub('void', ['ptr', 'size'], (k, [to, size]) => {
    k.memory.fill(to, size, 0);
    k.memory.write(to, k.random.bytes(size));
  }),
};

/** pvbus(4) tells init(8) to shut the machine down; how it goes down is power.ts'. */
export const power: StubTable<OpenBsdKernel> = {
  pvbus_shutdown: stub('void', ['ptr'], (k, [device]) => {
    k.print(`Shutting down in response to request from ${k.deviceName(device)} host\n`);
    k.closing ??= 'halt';
  }),
  pvbus_reboot: stub('void', ['ptr'], (k, [device]) => {
    k.print(`Rebooting in response to request from ${k.deviceName(device)} host\n`);
    k.closing ??= 'reboot';
  }),
  vfs_stall: stub('int', ['ptr', 'int'], () => 0),
};
