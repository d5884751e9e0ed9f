import { afterEach, describe, expect, test } from 'vitest';
import type { KernelName } from '../../../src/guest/index.ts';
import { hasCompiler, MACHINES } from '../../guest/support/compile.ts';
import { execution, Source } from './execution.ts';
import { FREEBSD_CALLOUTS, FREEBSD_LOCKS, KERNELS } from './sources.ts';

let open: Source[] = [];

afterEach(() => {
  for (const source of open) source.close();
  open = [];
});

describe.skipIf(!hasCompiler).each(MACHINES)('who comes in between waits, or is waited for, %s', (machine) => {
  const code = (kernel: KernelName, text: string): Source => {
    const source = new Source(kernel, machine, text);
    open.push(source);
    return source;
  };

  describe('NetBSD', () => {
    const LOCKED = `${KERNELS.netbsd.text}
      static void locked(void *a) { touch(0x98); mutex_enter(m); between(a); mutex_exit(m); }
      static void start(void) { mutex_init(m, 0, 2); callout_init(c, 0); callout_reset(c, 1, locked, 0); }`;

    test('a callout sleeps for a mutex, the process goes on until it has given it back', () => {
      const source = code(
        'netbsd',
        `${LOCKED}
        int f(void) { start(); mutex_enter(m); stage = 1; touch(0x11); stage = 2; touch(0x22); stage = 3;
          mutex_exit(m); stage = 4; touch(0x33); return came; }`,
      );
      expect(source.call('f', 'nth=1')).toMatchObject({ outcome: null, value: 3, ports: '11 98 22 99 33' });
      expect(source.call('f', 'nth=3')).toMatchObject({ outcome: null, value: 4, ports: '11 22 33 98 99' });
    });

    test('softint(9): each level is kept out by itself and what is above', () => {
      const levels = [0, 1, 2, 3] as const;
      const source = code(
        'netbsd',
        `${KERNELS.netbsd.text}
        void *softint_establish(unsigned, void (*)(void *), void *), softint_schedule(void *);
        static void shut(int soft, int level) {
          void *s = softint_establish(soft, between, 0); int old = splraise(level);
          softint_schedule(s); stage = 1; touch(0x11); splx(old); stage = 2; touch(0x22);
        }
        ${levels.flatMap((soft) => levels.map((ipl) => `int f${soft}${ipl}(void) { shut(${soft}, ${ipl + 2}); return came; }`)).join('\n')}`,
      );
      for (const soft of levels) {
        const came = levels.map((ipl) => source.call(`f${soft}${ipl}`, 'every').value);
        expect(came).toEqual(levels.map((ipl) => (soft > ipl ? 1 : 2)));
      }
    });

    test('what one soft interrupt forgets to lower is not the process’s, nor is what that has raised lost', () => {
      const source = code(
        'netbsd',
        `${KERNELS.netbsd.text}
        void *softint_establish(unsigned, void (*)(void *), void *), softint_schedule(void *);
        static void raises(void *a) { splraise(7); touch(0x98); }
        int f(void) {
          void *s = softint_establish(3, raises, 0); arm(); int old = splraise(2);
          softint_schedule(s); stage = 1; touch(0x11); stage = 2; touch(0x22); int level = splraise(0);
          splx(old); stage = 3; touch(0x33); return came * 10 + level; }`,
      );
      expect(source.call('f', 'every')).toMatchObject({ outcome: null, value: 32, ports: '11 98 22 33 99' });
    });

    test('callout_halt lets go of its interlock while the callout runs, and takes it again', () => {
      const source = code(
        'netbsd',
        `${LOCKED}
        int callout_halt(void *, void *), mutex_owned(void *); void callout_destroy(void *), mutex_destroy(void *);
        int f(void) { start(); mutex_enter(m); stage = 1; touch(0x11); stage = 2; callout_halt(c, m);
          int owned = mutex_owned(m); touch(0x22); mutex_exit(m); callout_destroy(c); mutex_destroy(m);
          return came * 10 + owned; }
        int g(void) { start(); mutex_enter(m); touch(0x11); callout_halt(c, 0); mutex_exit(m); return 0; }`,
      );
      expect(source.call('f', 'nth=1')).toMatchObject({ outcome: null, value: 21, ports: '11 98 99 22' });
      expect(source.call('f')).toMatchObject({ outcome: null, value: 1, ports: '11 22' });
      const { outcome } = source.call('g', 'nth=1');
      expect(outcome).toMatchObject({ kind: 'panic', message: expect.stringMatching(/^callout_halt: .* deadlock/) });
      expect(source.call('g').outcome).toBeNull();
    });
  });

  describe('FreeBSD', () => {
    const TEXT = `${FREEBSD_LOCKS}${FREEBSD_CALLOUTS}
      #define LOCK __mtx_lock_flags(WORD(m), 0, "", 0)
      #define UNLOCK __mtx_unlock_flags(WORD(m), 0, "", 0)
      static void locked(void *a) { touch(0x98); LOCK; between(a); UNLOCK; }
      static void start(void) { _mtx_init(WORD(m), "m", 0, 0); callout_init(c, 1); RESET(c, locked); }`;

    test('a callout without a lock sleeps for a mutex, and the process goes on', () => {
      const source = code(
        'freebsd',
        `${TEXT}
        int f(void) { start(); LOCK; stage = 1; touch(0x11); stage = 2; touch(0x22); stage = 3;
          UNLOCK; stage = 4; touch(0x33); return came; }`,
      );
      expect(source.call('f', 'nth=1')).toMatchObject({ outcome: null, value: 3, ports: '11 98 22 99 33' });
    });

    test('callout_drain waits for one that runs; with the lock that it wants, for ever', () => {
      const source = code(
        'freebsd',
        `${TEXT}
        int _callout_stop_safe(void *, int);
        int f(void) { start(); LOCK; touch(0x11); _callout_stop_safe(c, 1); UNLOCK; return 0; }
        int g(void) { start(); LOCK; touch(0x11); int stopped = _callout_stop_safe(c, 0); UNLOCK; return stopped; }`,
      );
      const { outcome } = source.call('f', 'nth=1');
      expect(outcome).toMatchObject({
        kind: 'panic',
        message: expect.stringMatching(/^_callout_stop_safe: .* deadlock/),
      });
      expect(source.call('f').outcome).toBeNull();
      expect(source.call('g', 'nth=1')).toMatchObject({ outcome: null, value: 0, ports: '11 98 99' });
      expect(source.call('g')).toMatchObject({ outcome: null, value: 1, ports: '11' });
    });

    test('CALLOUT_RETURNUNLOCKED: the handler gives the callout’s lock back', () => {
      const source = code(
        'freebsd',
        `${TEXT}
        static void gives(void *a) { between(a); UNLOCK; }
        static void arm(void) { _mtx_init(WORD(m), "m", 0, 0); _callout_init_lock(c, &m, 0x10); RESET(c, gives); }
        ${execution('f', 'LOCK;', 'UNLOCK;')}`,
      );
      expect(source.call('f', 'nth=1')).toMatchObject({ outcome: null, value: 1, ports: '11 99 22 33' });
      expect(source.call('f', 'nth=2')).toMatchObject({ outcome: null, value: 0, ports: '11 22 33' });
    });

    test('kernel code enters a critical section by a counter of its thread’s', () => {
      const segment = machine === 'amd64' ? '%%gs:0' : '%%fs:0';
      const source = code(
        'freebsd',
        `${KERNELS.freebsd.text}
        struct thread { int odd[77]; unsigned td_critnest; };
        static struct thread *current(void) {
          struct thread *td; __asm__ volatile("mov ${segment}, %0" : "=r"(td)); return td; }
        ${execution('f', 'current()->td_critnest++;', 'current()->td_critnest--;')}`,
      );
      const ports = ['nth=1', 'nth=2', 'nth=3'].map((at) => source.call('f', at).ports);
      expect(ports).toEqual(['11 99 22 33', '11 22 33', '11 22 33 99']);
    });
  });

  describe('Linux', () => {
    test('a timer that wants the spinlock of the process spins for ever', () => {
      const source = code(
        'linux',
        `${KERNELS.linux.text}
        int _raw_spin_trylock(int *);
        static void wants(struct timer_list *t) { touch(0x98); _raw_spin_lock(&lock); between(t); _raw_spin_unlock(&lock); }
        static void tries(struct timer_list *t) { if (_raw_spin_trylock(&lock)) { between(t); _raw_spin_unlock(&lock); } }
        static int run(void *timed) {
          init_timer_key(&t, timed, 0, "", 0); mod_timer(&t, jiffies + 1); _raw_spin_lock(&lock); stage = 1; touch(0x11);
          _raw_spin_unlock(&lock); stage = 2; touch(0x22); return came; }
        int f(void) { return run(wants); }
        int g(void) { return run(tries); }`,
      );
      const { outcome, ports } = source.call('f', 'nth=1');
      expect(outcome).toMatchObject({ kind: 'panic', message: expect.stringMatching(/^_raw_spin_lock: the process/) });
      expect(ports).toBe('11 98');
      expect(source.call('f', 'nth=2')).toMatchObject({ outcome: null, value: 2, ports: '11 22 98 99' });
      expect(source.call('g', 'nth=1')).toMatchObject({ outcome: null, value: 0, ports: '11 22' });
      expect(source.call('g', 'nth=2')).toMatchObject({ outcome: null, value: 2, ports: '11 22 99' });
    });

    test('a timer is a bottom half, and the process is none', () => {
      const read = '__asm__ volatile("movl " PERCPU(__preempt_count) ", %0" : "=r"(count));';
      const source = code(
        'linux',
        `${KERNELS.linux.text}
        static unsigned inside;
        static void asks(struct timer_list *t) { unsigned count; ${read} inside = count; }
        int f(void) { init_timer_key(&t, asks, 0, "", 0); mod_timer(&t, jiffies + 1); touch(0x11);
          unsigned count; ${read} return (inside & 0xffff00) == 0x100 && (count & 0xffff00) == 0; }`,
      );
      expect(source.call('f', 'nth=1')).toMatchObject({ outcome: null, value: 1 });
      expect(source.call('f')).toMatchObject({ outcome: null, value: 0 });
    });
  });
});
