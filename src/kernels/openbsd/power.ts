import type { GuestOutcome } from '../../guest/index.ts';
import type { OpenBsdKernel } from './kernel.ts';

/** sys/device.h: what autoconf(9) tells a driver of by its ca_activate. */
export const DVACT_POWERDOWN = 6n;

/** The machine shuts down: the kernel calls the driver's part of it, after the tasks that it has queued before. */
export function shutDown(k: OpenBsdKernel, how: 'halt' | 'reboot'): void {
  const { activation } = k.state.now;
  k.powerDown(how, activation === null ? [] : [activation]);
}

/**
 * The end of boot(9) (arch/amd64/amd64/machdep.c): processes are gone, no interrupt comes, `cold` is set, and
 * `config_suspend_all(DVACT_POWERDOWN)` walks the devices.
 * ASSUMED: nothing of the driver's runs between its request and this but the tasks that it had queued; in a real machine
 * init(8) takes some seconds, and ticks go on meanwhile.
 */
export function powerOff(k: OpenBsdKernel): GuestOutcome | null {
  const cold = k.services.symbol('cold');
  if (cold !== null) k.memory.writeUint(cold, 4, 1n);
  const outcome = k.runQueued();
  k.services.console.endLine();
  return outcome;
}
