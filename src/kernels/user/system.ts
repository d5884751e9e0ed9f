import { type Stub, type StubTable, stub, variadic } from '../../guest/index.ts';
import type { UserProcess } from './process.ts';

const SECOND = 1_000_000_000;
/** Unix time at virtual time 0, seconds. */
const BOOT_TIME = 1_706_745_600;

/** The process: errno, signals, ids, its end. */
export const processes: StubTable<UserProcess> = {
  __errno_location: stub('ptr', [], (p) => p.errno),
  // A first return; nothing here ever jumps back.
  __sigsetjmp: stub('int', ['ptr', 'int'], () => 0),
  _setjmp: stub('int', ['ptr'], () => 0),
  sigaction: stub('int', ['int', 'ptr', 'ptr'], (p, [, , old]) => {
    if (old !== 0n) p.memory.fill(old, SIGACTION_SIZE, 0);
    return 0;
  }),
  signal: stub('ptr', ['int', 'ptr'], () => 0n),
  sigprocmask: stub('int', ['int', 'ptr', 'ptr'], () => 0),
  sigemptyset: stub('int', ['ptr'], (p, [set]) => {
    p.memory.fill(set, SIGSET_SIZE, 0);
    return 0;
  }),
  sigfillset: stub('int', ['ptr'], (p, [set]) => {
    p.memory.fill(set, SIGSET_SIZE, 0xff);
    return 0;
  }),
  sigaddset: stub('int', ['ptr', 'int'], () => 0),
  abort: stub('void', [], (p) => p.panic('abort()')),
  exit: stub('void', ['int'], (p, [status]) => p.panic(`exit(${status})`)),
  _exit: stub('void', ['int'], (p, [status]) => p.panic(`_exit(${status})`)),
  __stack_chk_fail: stub('void', [], (p) => p.panic('stack smashing detected')),
  getpid: stub('int', [], () => 2024),
  getuid: stub('uint', [], () => 0),
  geteuid: stub('uint', [], () => 0),
  getenv: stub('ptr', ['ptr'], () => 0n),
  iopl: stub('int', ['int'], () => 0),
  // There are no files and no sockets: without vsock the libraries talk through the backdoor.
  open: variadic('int', ['ptr', 'int'], (p) => refuse(p, ENOENT)),
  open64: variadic('int', ['ptr', 'int'], (p) => refuse(p, ENOENT)),
  socket: stub('int', ['int', 'int', 'int'], (p) => refuse(p, EAFNOSUPPORT)),
};

/** errno.h */
const [ENOENT, EAFNOSUPPORT] = [2, 97];

function refuse(p: UserProcess, errno: number): -1 {
  p.setErrno(errno);
  return -1;
}

/** glibc on x86: sizeof(struct sigaction), sizeof(sigset_t). */
const SIGACTION_SIZE = 152;
const SIGSET_SIZE = 128;

/** Time passes while the process sleeps. */
export const time: StubTable<UserProcess> = {
  time: stub('long', ['ptr'], (p, [to]) => {
    const seconds = wallClock(p) / BigInt(SECOND);
    if (to !== 0n) p.writeWord(to, seconds);
    return seconds;
  }),
  gettimeofday: stub('int', ['ptr', 'ptr'], (p, [to]) => {
    if (to !== 0n) storeTime(p, to, 1000n);
    return 0;
  }),
  clock_gettime: stub('int', ['int', 'ptr'], (p, [, to]) => {
    storeTime(p, to, 1n);
    return 0;
  }),
  sleep: stub('uint', ['uint'], (p, [seconds]) => {
    pass(p, seconds * SECOND);
    return 0;
  }),
  usleep: stub('int', ['uint'], (p, [microseconds]) => {
    pass(p, microseconds * 1000);
    return 0;
  }),
  g_usleep: stub('void', ['ulong'], (p, [microseconds]) => pass(p, Number(microseconds) * 1000)),
};

function wallClock(p: UserProcess): bigint {
  return BigInt(BOOT_TIME) * BigInt(SECOND) + BigInt(Math.floor(p.services.clock.tell()));
}

function storeTime(p: UserProcess, to: bigint, unit: bigint): void {
  const now = wallClock(p);
  p.writeWord(to, now / BigInt(SECOND));
  p.writeWord(to + BigInt(p.wordSize), (now % BigInt(SECOND)) / unit);
}

function pass(p: UserProcess, nanoseconds: number): void {
  p.services.clock.now += nanoseconds;
}

/** A lock function that has nothing to wait for: the process has one thread. */
function uncontended(parameters: readonly 'ptr'[] = ['ptr']): Stub<UserProcess> {
  return stub('int', parameters, () => 0);
}

/** Locks, which a single thread always gets. */
export const locks: StubTable<UserProcess> = {
  pthread_self: stub('ulong', [], () => 1n),
  pthread_mutex_init: uncontended(['ptr', 'ptr']),
  pthread_mutex_lock: uncontended(),
  pthread_mutex_trylock: uncontended(),
  pthread_mutex_unlock: uncontended(),
  pthread_mutex_destroy: uncontended(),
  pthread_rwlock_init: uncontended(['ptr', 'ptr']),
  pthread_rwlock_rdlock: uncontended(),
  pthread_rwlock_wrlock: uncontended(),
  pthread_rwlock_unlock: uncontended(),
  pthread_rwlock_destroy: uncontended(),
  g_mutex_init: uncontended(),
  g_mutex_lock: uncontended(),
  g_mutex_unlock: uncontended(),
  g_mutex_clear: uncontended(),
  g_rec_mutex_init: uncontended(),
  g_rec_mutex_lock: uncontended(),
  g_rec_mutex_unlock: uncontended(),
  g_once_init_enter: stub('int', ['ptr'], (p, [location]) => Number(p.readWord(location) === 0n)),
  g_once_init_leave: stub('void', ['ptr', 'ulong'], (p, [location, value]) => p.writeWord(location, value)),
};
