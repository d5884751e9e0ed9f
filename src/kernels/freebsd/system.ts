import { type PendingCall, type StubTable, stub } from '../../guest/index.ts';
import type { FreeBsdKernel } from './kernel.ts';

/** sys/reboot.h */
const RB_HALT = 0x8;
const RB_POWEROFF = 0x4000;

/** shutdown(9) and eventhandler(9). */
export const system: StubTable<FreeBsdKernel> = {
  shutdown_nice: stub('void', ['int'], (k, [flags]) => shutDown(k, flags)),
  kern_reboot: stub('void', ['int'], (k, [flags]) => shutDown(k, flags)),
  eventhandler_register: stub('ptr', ['ptr', 'ptr', 'ptr', 'ptr', 'int'], (k, [, name, handler, arg]) => {
    const tag = k.services.reserve(64);
    k.events.set(tag, { event: k.readText(name), function: handler, args: [arg], context: 'process' });
    return tag;
  }),
  eventhandler_deregister: stub('void', ['ptr', 'ptr'], (k, [, tag]) => {
    k.events.delete(tag);
  }),
  getcredhostname: stub('void', ['ptr', 'ptr', 'size'], (k, [, to, room]) => {
    if (room > 0) k.memory.write(to, Buffer.from(`${k.hostname.slice(0, room - 1)}\0`, 'latin1'));
  }),
};

/** shutdown(8) with -p. */
export const powerOff = (k: FreeBsdKernel): void => shutDown(k, RB_POWEROFF);

/** The events of a shutdown, in their order. */
const SHUTDOWN_EVENTS = ['shutdown_pre_sync', 'shutdown_post_sync', 'shutdown_final'];

/** The drivers' shutdown methods run as the events' handlers do, before the machine is off. */
function shutDown(k: FreeBsdKernel, flags: number): void {
  const howto = BigInt(flags);
  const events = SHUTDOWN_EVENTS.flatMap((name) => [...k.events.values()].filter(({ event }) => event === name));
  const reported: PendingCall[] = events.map((handler) => ({ ...handler, args: [...handler.args, howto] }));
  const methods = k.state.now.shutdownMethods.filter(([device]) => k.devices.get(device)?.attached === true);
  reported.push(
    ...methods.map(([device, handler]) => ({ function: handler, args: [device], context: 'process' as const })),
  );
  k.powerDown((flags & (RB_HALT | RB_POWEROFF)) !== 0 ? 'halt' : 'reboot', reported);
}
