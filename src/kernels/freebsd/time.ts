import { type Stub, type StubTable, stub } from '../../guest/index.ts';
import { type CalloutHandler, HZ, TICK_NS } from '../common/bsd-kernel.ts';
import { armCallout, awaitCallout, checkCallout, initCallout, setCallout, stopCallout } from '../common/callouts.ts';
import { setClock } from '../common/set-clock.ts';
import type { FreeBsdKernel } from './kernel.ts';

const SECOND = 1_000_000_000n;
/** sys/time.h: an sbintime_t has 32 bits below the point. */
const SBT_1S = 1n << 32n;
export const TICK_SBT: bigint = SBT_1S / BigInt(HZ);

/** sys/callout.h: bits of c_flags and c_iflags, which callout_active and callout_pending read without a call. */
const CALLOUT_ACTIVE = 0x2;
const CALLOUT_PENDING = 0x4;

/** Wait for one that runs; and what is given where none is pending, nor runs, since FreeBSD 11. */
const CS_DRAIN = 0x1;
const NOTHING_TO_STOP = -1;

/** callout(9). */
export const callouts: StubTable<FreeBsdKernel> = {
  callout_init: stub('void', ['ptr', 'int'], (k, [callout, safe]) => init(k, callout, { giant: safe === 0 })),
  _callout_init_lock: stub('void', ['ptr', 'ptr', 'int'], (k, [callout, lock, flags]) =>
    init(k, callout, { lock, flags }),
  ),
  callout_reset_sbt_on: stub(
    'int',
    ['ptr', 'i64', 'i64', 'ptr', 'ptr', 'int', 'int'],
    (k, [callout, sbt, , handler, arg]) => reset(k, callout, ticksOf(sbt), handler, arg),
  ),
  callout_reset_on: stub('int', ['ptr', 'int', 'ptr', 'ptr', 'int'], (k, [callout, ticks, handler, arg]) => {
    return reset(k, callout, ticks, handler, arg);
  }),
  callout_schedule: stub('int', ['ptr', 'int'], (k, [callout, ticks]) => schedule(k, callout, ticks)),
  callout_schedule_on: stub('int', ['ptr', 'int', 'int'], (k, [callout, ticks]) => schedule(k, callout, ticks)),
  _callout_stop_safe: stub('int', ['ptr', 'int'], (k, [callout, flags], { name }) => {
    markIdle(k, callout);
    const wasPending = stopCallout(k, callout);
    if ((flags & CS_DRAIN) !== 0 && awaitCallout(k, callout, name)) return 0;
    if (wasPending) return 1;
    return k.running.has(callout) ? 0 : NOTHING_TO_STOP;
  }),
};

function init(k: FreeBsdKernel, callout: bigint, under: Partial<CalloutHandler>): void {
  initCallout(k, callout, under);
  markIdle(k, callout);
}

/** The ticks of a time span: callouts of C_HARDCLOCK and others alike run at ticks here. */
function ticksOf(sbt: bigint): number {
  return Number((sbt + TICK_SBT - 1n) / TICK_SBT);
}

function reset(k: FreeBsdKernel, callout: bigint, ticks: number, handler: bigint, arg: bigint): number {
  if (!checkCallout(k, callout, 'callout_reset')) return 0;
  setCallout(k, callout, handler, arg);
  return schedule(k, callout, ticks);
}

function schedule(k: FreeBsdKernel, callout: bigint, ticks: number): number {
  if (!checkCallout(k, callout, 'callout_schedule')) return 0;
  mark(k, callout, CALLOUT_ACTIVE | CALLOUT_PENDING, CALLOUT_PENDING);
  return Number(armCallout(k, callout, ticks));
}

function mark(k: FreeBsdKernel, callout: bigint, flags: number, internal: number): void {
  k.memory.writeUint(callout + BigInt(k.offsets.callout.flags), 2, BigInt(flags));
  k.memory.writeUint(callout + BigInt(k.offsets.callout.iflags), 2, BigInt(internal));
}

function markIdle(k: FreeBsdKernel, callout: bigint): void {
  mark(k, callout, 0, 0);
}

/** A callout that is about to run is no longer pending, but still active. */
export function markRunning(k: FreeBsdKernel, callout: bigint): void {
  mark(k, callout, CALLOUT_ACTIVE, 0);
}

/** microtime(9) and the like. */
export const time: StubTable<FreeBsdKernel> = {
  microtime: stamp((k) => k.wallClock, 1000n),
  getmicrotime: stamp((k) => k.wallClock, 1000n),
  microuptime: stamp((k) => k.uptime, 1000n),
  getmicrouptime: stamp((k) => k.uptime, 1000n),
  nanotime: stamp((k) => k.wallClock, 1n),
  getnanotime: stamp((k) => k.wallClock, 1n),
  nanouptime: stamp((k) => k.uptime, 1n),
  getnanouptime: stamp((k) => k.uptime, 1n),
  tc_setclock: stub('void', ['ptr'], (k, [from]) => {
    setClock(k, k.readWord(from), k.readWord(from + BigInt(k.wordSize)));
  }),
  pause_sbt: stub('int', ['ptr', 'i64', 'i64', 'int'], (k, [, sbt]) => {
    k.services.clock.now += ticksOf(sbt) * TICK_NS;
    return EWOULDBLOCK;
  }),
  DELAY: stub('void', ['int'], (k, [us]) => {
    k.services.clock.now += us * 1000;
  }),
};

/** sys/errno.h: the time is over. */
const EWOULDBLOCK = 35;

/** time_t and the fraction are a machine word each: 32 bits on i386. */
function stamp(clock: (k: FreeBsdKernel) => bigint, unit: bigint): Stub<FreeBsdKernel> {
  return stub('void', ['ptr'], (k, [to]) => {
    k.writeWord(to, clock(k) / SECOND);
    k.writeWord(to + BigInt(k.wordSize), (clock(k) % SECOND) / unit);
  });
}
