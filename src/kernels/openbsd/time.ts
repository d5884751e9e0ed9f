import { type Context, type StubTable, stub } from '../../guest/index.ts';
import { type OpenBsdKernel, TICK_NS } from './kernel.ts';

const SECOND = 1_000_000_000;

/** time_t is 64 bits on i386 too; the second field is a long. */
function storeTime(k: OpenBsdKernel, address: bigint, nanoseconds: bigint, unit: bigint): void {
  k.memory.writeUint(address, 8, nanoseconds / BigInt(SECOND));
  k.writeWord(address + 8n, (nanoseconds % BigInt(SECOND)) / unit);
}

const MICRO = 1000n;
const NANO = 1n;

/** microtime(9), getuptime and the like. */
export const time: StubTable<OpenBsdKernel> = {
  gettime: stub('i64', [], (k) => k.wallClock / BigInt(SECOND)),
  getuptime: stub('i64', [], (k) => k.uptime / BigInt(SECOND)),
  getnsecuptime: stub('u64', [], (k) => k.uptime),
  nsecuptime: stub('u64', [], (k) => k.uptime),
  microtime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.wallClock, MICRO)),
  getmicrotime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.wallClock, MICRO)),
  microuptime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.uptime, MICRO)),
  getmicrouptime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.uptime, MICRO)),
  nanotime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.wallClock, NANO)),
  getnanotime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.wallClock, NANO)),
  nanouptime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.uptime, NANO)),
  getnanouptime: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.uptime, NANO)),
};

/** sys/timeout.h: it needs a process, and runs in the thread that softclock(9) has for that. */
const TIMEOUT_PROC = 0x01;

/** All others run in softclock itself, a soft interrupt. */
function setHandler(context: Context) {
  return (k: OpenBsdKernel, [timeout, handler, arg]: readonly [bigint, bigint, bigint]): void => {
    k.timeouts.set(timeout, { function: handler, arg, context });
  };
}

/** timeout(9): they run at clock ticks, a timeout of n ticks at the n-th tick from now. */
export const timeouts: StubTable<OpenBsdKernel> = {
  timeout_set: stub('void', ['ptr', 'ptr', 'ptr'], setHandler('softint')),
  timeout_set_proc: stub('void', ['ptr', 'ptr', 'ptr'], setHandler('process')),
  timeout_set_flags: stub('void', ['ptr', 'ptr', 'ptr', 'int', 'int'], (k, [timeout, handler, arg, , flags]) => {
    setHandler((flags & TIMEOUT_PROC) !== 0 ? 'process' : 'softint')(k, [timeout, handler, arg]);
  }),
  timeout_add: stub('int', ['ptr', 'int'], (k, [timeout, ticks]) => add(k, timeout, ticks)),
  timeout_add_sec: stub('int', ['ptr', 'int'], (k, [timeout, seconds]) => addNs(k, timeout, seconds * SECOND)),
  timeout_add_msec: stub('int', ['ptr', 'u64'], (k, [timeout, ms]) => addNs(k, timeout, Number(ms) * 1_000_000)),
  timeout_add_usec: stub('int', ['ptr', 'u64'], (k, [timeout, us]) => addNs(k, timeout, Number(us) * 1000)),
  timeout_add_nsec: stub('int', ['ptr', 'u64'], (k, [timeout, ns]) => addNs(k, timeout, Number(ns))),
  timeout_del: stub('int', ['ptr'], (k, [timeout]) => Number(k.services.clock.disarm(timeoutKey(timeout)))),
  timeout_del_barrier: stub('int', ['ptr'], (k, [timeout]) => Number(k.services.clock.disarm(timeoutKey(timeout)))),
  timeout_barrier: stub('void', ['ptr'], () => {}),
};

function timeoutKey(timeout: bigint): string {
  return `timeout 0x${timeout.toString(16)}`;
}

function addNs(k: OpenBsdKernel, timeout: bigint, nanoseconds: number): number {
  return add(k, timeout, Math.floor(nanoseconds / TICK_NS));
}

/** 1 if it was not pending, 0 if it was moved. */
function add(k: OpenBsdKernel, timeout: bigint, ticks: number): number {
  const handler = k.timeouts.get(timeout);
  if (handler === undefined) {
    k.panic(`timeout_add: timeout 0x${timeout.toString(16)} not initialized`);
    return 0;
  }
  if (ticks < 0) {
    k.panic(`timeout_add: to_ticks (${ticks}) < 0`);
    return 0;
  }
  const { clock } = k.services;
  const wasPending = clock.isArmed(timeoutKey(timeout));
  // A timeout of no ticks still waits for the next clock interrupt.
  const tick = Math.floor(clock.now / TICK_NS) + Math.max(1, ticks);
  const { function: target, arg, context } = handler;
  clock.arm(timeoutKey(timeout), tick * TICK_NS, { function: target, args: [arg], context });
  return wasPending ? 0 : 1;
}
