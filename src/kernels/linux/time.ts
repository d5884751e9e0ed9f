import { type StubTable, stub } from '../../guest/index.ts';
import { sleeping } from '../common/sleeping.ts';
import { HZ, type LinuxKernel, TICK_NS } from './kernel.ts';

const SECOND = 1_000_000_000n;

/** struct timespec64: 64-bit seconds, a long of nanoseconds. */
function storeTime(k: LinuxKernel, to: bigint, nanoseconds: bigint): void {
  k.memory.writeUint(to, 8, nanoseconds / SECOND);
  k.writeWord(to + 8n, nanoseconds % SECOND);
}

const uptime = (k: LinuxKernel): bigint => BigInt(Math.floor(k.services.clock.tell()));

/** ktime(9), delays and jiffies. A thread that sleeps lets the time pass. */
export const time: StubTable<LinuxKernel> = {
  ktime_get: stub('i64', [], uptime),
  ktime_get_raw: stub('i64', [], uptime),
  ktime_get_real: stub('i64', [], (k) => k.wallClock),
  ktime_get_with_offset: stub('i64', ['int'], (k, [offset]) => (offset === 0 ? k.wallClock : uptime(k))),
  ktime_get_mono_fast_ns: stub('u64', [], uptime),
  ktime_get_seconds: stub('i64', [], (k) => uptime(k) / SECOND),
  ktime_get_real_seconds: stub('i64', [], (k) => k.wallClock / SECOND),
  ktime_get_ts64: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, uptime(k))),
  ktime_get_raw_ts64: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, uptime(k))),
  ktime_get_real_ts64: stub('void', ['ptr'], (k, [to]) => storeTime(k, to, k.wallClock)),
  ...sleeping<LinuxKernel>({
    msleep: stub('void', ['uint'], (k, [ms]) => k.pass(ms * 1_000_000)),
    usleep_range_state: stub('void', ['ulong', 'ulong', 'uint'], (k, [least]) => k.pass(Number(least) * 1000)),
    usleep_range: stub('void', ['ulong', 'ulong'], (k, [least]) => k.pass(Number(least) * 1000)),
    schedule_timeout: stub('long', ['long'], (k, [ticks]) => {
      if (ticks > 0n && ticks < BigInt(HZ * 3600)) k.pass(Number(ticks) * TICK_NS);
      return 0n;
    }),
  }),
  __udelay: stub('void', ['ulong'], (k, [us]) => k.pass(Number(us) * 1000)),
  __ndelay: stub('void', ['ulong'], (k, [ns]) => k.pass(Number(ns))),
  // Its argument is microseconds times 2^32 / 10^6.
  __const_udelay: stub('void', ['ulong'], (k, [loops]) => k.pass(Math.floor((Number(loops) * 1e9) / 2 ** 32))),
  __msecs_to_jiffies: stub('ulong', ['uint'], (_, [ms]) => Math.ceil((ms * HZ) / 1000)),
  __usecs_to_jiffies: stub('ulong', ['uint'], (_, [us]) => Math.ceil((us * HZ) / 1_000_000)),
  jiffies_to_msecs: stub('uint', ['ulong'], (_, [ticks]) => Number(BigInt.asUintN(32, (ticks * 1000n) / BigInt(HZ)))),
  jiffies_to_usecs: stub('uint', ['ulong'], (_, [ticks]) => {
    return Number(BigInt.asUintN(32, (ticks * 1_000_000n) / BigInt(HZ)));
  }),
  round_jiffies_relative: stub('ulong', ['ulong'], (_, [ticks]) => ticks),
  round_jiffies: stub('ulong', ['ulong'], (_, [ticks]) => ticks),
};

/**
 * struct timespec64 ns_to_timespec64(s64): on amd64 in two registers, on i386 in memory that the first argument, eax,
 * points to.
 */
export function timespecStub(wordSize: 4 | 8): StubTable<LinuxKernel> {
  const split = (ns: bigint): { seconds: bigint; rest: bigint } => {
    const rest = ((ns % SECOND) + SECOND) % SECOND;
    return { seconds: (ns - rest) / SECOND, rest };
  };
  return wordSize === 8
    ? {
        ns_to_timespec64: stub('i64', ['i64'], (_, [ns], call) => {
          const { seconds, rest } = split(ns);
          call.setHigh?.(rest);
          return seconds;
        }),
      }
    : {
        ns_to_timespec64: stub('ptr', ['ptr', 'i64'], (k, [to, ns]) => {
          const { seconds, rest } = split(ns);
          k.memory.writeUint(to, 8, BigInt.asUintN(64, seconds));
          k.writeWord(to + 8n, rest);
          return to;
        }),
      };
}
