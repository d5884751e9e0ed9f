import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { HZ } from '../common/bsd-kernel.ts';
import {
  armCallout,
  awaitCallout,
  checkCallout,
  initCallout,
  isPending,
  setCallout,
  stopCallout,
} from '../common/callouts.ts';
import { setClock } from '../common/set-clock.ts';
import type { NetBsdKernel } from './kernel.ts';
import { enterMutex, exitMutex } from './locks.ts';

const SECOND = 1_000_000_000n;

/** callout(9). */
export const callouts: StubTable<NetBsdKernel> = {
  callout_init: stub('void', ['ptr', 'uint'], (k, [callout]) => initCallout(k, callout)),
  callout_setfunc: stub('void', ['ptr', 'ptr', 'ptr'], (k, [callout, handler, arg]) => {
    if (checkCallout(k, callout, 'callout_setfunc')) setCallout(k, callout, handler, arg);
  }),
  callout_schedule: stub('void', ['ptr', 'int'], (k, [callout, ticks]) => {
    if (checkCallout(k, callout, 'callout_schedule')) armCallout(k, callout, ticks);
  }),
  callout_reset: stub('void', ['ptr', 'int', 'ptr', 'ptr'], (k, [callout, ticks, handler, arg]) => {
    if (!checkCallout(k, callout, 'callout_reset')) return;
    setCallout(k, callout, handler, arg);
    armCallout(k, callout, ticks);
  }),
  callout_stop: stub('int', ['ptr'], (k, [callout]) => Number(halt(k, callout, 'callout_stop'))),
  callout_halt: stub('int', ['ptr', 'ptr'], (k, [callout, interlock]) => Number(wait(k, callout, interlock))),
  callout_pending: stub('int', ['ptr'], (k, [callout]) => Number(isPending(k, callout))),
  callout_active: stub('int', ['ptr'], (k, [callout]) => Number(isPending(k, callout))),
  callout_expired: stub('int', ['ptr'], (k, [callout]) => Number(!isPending(k, callout))),
  callout_invoking: stub('int', ['ptr'], (k, [callout]) => Number(k.running.has(callout))),
  callout_ack: stub('void', ['ptr'], () => {}),
  callout_destroy: stub('void', ['ptr'], (k, [callout]) => {
    if (!checkCallout(k, callout, 'callout_destroy')) return;
    if (isPending(k, callout)) k.panic(`callout_destroy: callout 0x${callout.toString(16)} is pending`);
    else k.callouts.delete(callout);
  }),
};

/** Stops it, and waits for one that runs: without the interlock, which that may want. */
function wait(k: NetBsdKernel, callout: bigint, interlock: bigint): boolean {
  const expired = halt(k, callout, 'callout_halt');
  if (k.running.has(callout) && interlock !== 0n && k.state.now.interlock === 0n) {
    exitMutex(k, 'callout_halt', interlock);
    k.state.change.interlock = interlock;
  }
  if (awaitCallout(k, callout, 'callout_halt')) return expired;
  const released = k.state.now.interlock;
  if (released === 0n) return expired;
  enterMutex(k, 'callout_halt', released);
  k.state.change.interlock = 0n;
  return expired;
}

/** True: it had expired already, which for the callers means that there was nothing to stop. */
function halt(k: NetBsdKernel, callout: bigint, caller: string): boolean {
  return checkCallout(k, callout, caller) && !stopCallout(k, callout);
}

/** microtime(9) and the like; time_t is 64 bits on i386 too. */
export const time: StubTable<NetBsdKernel> = {
  getuptime: stub('i64', [], (k) => k.uptime / SECOND),
  getrealtime: stub('i64', [], (k) => k.wallClock / SECOND),
  microtime: timeval((k) => k.wallClock),
  getmicrotime: timeval((k) => k.wallClock),
  microuptime: timeval((k) => k.uptime),
  getmicrouptime: timeval((k) => k.uptime),
  nanotime: timespec((k) => k.wallClock),
  getnanotime: timespec((k) => k.wallClock),
  nanouptime: timespec((k) => k.uptime),
  getnanouptime: timespec((k) => k.uptime),
  getboottime: timespec((k) => k.state.now.clockOffset),
  tc_setclock: stub('void', ['ptr'], (k, [from]) => {
    const seconds = BigInt.asIntN(64, k.memory.readUint(from, 8));
    setClock(k, seconds, k.readWord(from + 8n));
  }),
  mstohz: stub('int', ['uint'], (_, [ms]) => Math.floor((ms * HZ) / 1000)),
  hztoms: stub('uint', ['uint'], (_, [ticks]) => Math.floor((ticks * 1000) / HZ)),
};

/** Seconds and a long of nanoseconds. */
function timespec(clock: (k: NetBsdKernel) => bigint): Stub<NetBsdKernel> {
  return stub('void', ['ptr'], (k, [to]) => {
    k.memory.writeUint(to, 8, clock(k) / SECOND);
    k.writeWord(to + 8n, clock(k) % SECOND);
  });
}

/** Seconds and an int of microseconds. */
function timeval(clock: (k: NetBsdKernel) => bigint): Stub<NetBsdKernel> {
  return stub('void', ['ptr'], (k, [to]) => {
    k.memory.writeUint(to, 8, clock(k) / SECOND);
    k.memory.writeUint(to + 8n, 4, (clock(k) % SECOND) / 1000n);
  });
}
