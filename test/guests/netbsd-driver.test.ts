import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Bench, type BenchOptions, bench, fixturePath } from '../guest/support/bench.ts';
import { compileBytes, hasCompiler, inTemporary, KERNEL, MACHINES } from '../guest/support/compile.ts';

let open: Bench[] = [];

afterEach(() => {
  for (const b of open) b.guest.close();
  open = [];
});

function driver(object: string, options: BenchOptions = {}): Bench {
  const b = bench(object.includes('/') ? object : fixturePath(`vmt-netbsd-${object}.o`), options);
  open.push(b);
  return b;
}

const address = ({ guest }: Bench, name: string): bigint => guest.symbol(name) ?? 0n;

describe.each(['amd64', 'i386'])('vmt on NetBSD, %s', (machine) => {
  const word = machine === 'amd64' ? 8 : 4;

  test.each(['unpatched', 'patched', 'subr'])('%s: the kernel is guessed, the driver attached', (build) => {
    const { guest, lines } = driver(`${build}-${machine}`);
    expect(guest.kernel).toBe('netbsd');
    expect(guest.boot()).toBeNull();
    expect(lines()).toEqual(['vmt0 at cpu0', 'vmt0: UUID: 564d7462-656e-6368-8000-000000000001']);
    expect(guest.stubsCalled).toEqual(
      expect.arrayContaining(['kmem_alloc', 'callout_schedule', 'sysctl_createv', 'sysmon_pswitch_register']),
    );
    // Both ticks a second after the attach.
    expect(guest.nextDeadline()).toBe(1_000_000_000);
  });

  test.each(['unpatched', 'subr'])('%s without VMware is not attached', (build) => {
    const b = driver(`${build}-${machine}`);
    b.guest.machine.onPort = (access) => {
      access.registers.eax = 0xffffffff;
    };
    expect(b.guest.boot()).toMatchObject({ kind: 'notAttached', driver: 'vmt' });
    expect([b.lines(), b.guest.nextDeadline()]).toEqual([[], null]);
  });

  test('a second processor is not asked', () => {
    const b = driver(`unpatched-${machine}`);
    expect(b.guest.boot()).toBeNull();
    const aux = address(b, 'aux');
    expect(b.guest.call('vmt_match', [0n, 0n, aux]).value).toBe(1n);
    b.guest.machine.write(b.guest.machine.readUint(aux, word), new Uint8Array(0x4000));
    expect(b.guest.call('vmt_match', [0n, 0n, aux])).toMatchObject({ outcome: null, value: 0n });
  });

  test.each([
    ['halt', ['vmt0: host requested shutdown', 'vmt0: power button pressed, shutting down!']],
    ['reboot', ['vmt0: host requested reboot', 'vmt0: reset button pressed, rebooting!']],
  ] as const)('%s ends the run, when the drivers were told', (how, said) => {
    const b = driver(`patched-${machine}`);
    expect(b.run(60, [{ at: 20, do: () => b.host.event({ name: how }) }])).toMatchObject({ kind: 'halted', how });
    expect(b.lines().slice(-2)).toEqual(said);
    expect(b.host.report.rpciCommands.at(-1)).toBe('tools.capability.hgfs_server toolbox 0');
    expect(b.host.report.channelsOpen).toBe(0);
  });

  test('the clock is the host’s from the attach on', () => {
    const b = driver(`unpatched-${machine}`, { bootTime: 0 });
    b.run(2);
    expect(b.guest.stubsCalled).toContain('tc_setclock');
    expect(Number(b.guest.machine.readUint(address(b, 'time_second'), 8))).toBeGreaterThan(1_700_000_000);
  });

  test('its sysctl: the UUID is read, the period read and written, and the callout follows', () => {
    const b = driver(`unpatched-${machine}`);
    expect(b.guest.boot()).toBeNull();
    const { machine: m } = b.guest;
    const [value, length] = [b.guest.place(64), b.guest.place(8)];
    const period = (fresh: bigint | null): bigint => {
      m.writeUint(length, word, 4n);
      const written = b.guest.place(8);
      if (fresh !== null) m.writeUint(written, 4, fresh);
      const node = address(b, 'sysctl.machdep.vmt0.clock_sync.period');
      const arguments_ = [0n, 0n, value, length, fresh === null ? 0n : written, fresh === null ? 0n : 4n, 0n, 0n, node];
      const { outcome, value: error } = b.guest.call('vmt_sysctl_update_clock_sync_period', arguments_);
      expect([outcome, error]).toEqual([null, 0n]);
      return m.readUint(value, 4);
    };
    expect(period(null)).toBe(60n);
    period(5n);
    expect(period(null)).toBe(5n);
    const uuid = m.readUint(address(b, 'sysctl.machdep.vmt0.uuid') + 48n, word);
    expect(Buffer.from(m.readCString(uuid)).toString()).toMatch(/^564d7462-/);
  });

  test('a failed attach leaves nothing pending and nothing on the heap', () => {
    const b = driver(`patched-${machine}`);
    b.bus.probe = {
      before: (access) => (b.host.describe(access.registers, 'low')?.step === 'open' ? { kind: 'refuse' } : null),
      after: () => {},
    };
    expect(b.guest.boot()).toBeNull();
    expect(b.lines().at(-1)).toBe('vmt0: failed to set HGFS server capability');
    expect([b.guest.heap.live, b.guest.nextDeadline()]).toEqual([[], null]);
    expect(b.guest.symbol('sysctl.machdep.vmt0.uuid')).toBeNull();
  });

  test('detached, it leaves nothing behind', () => {
    const b = driver(`unpatched-${machine}`);
    b.run(20);
    expect(b.guest.call('vmt_detach', [address(b, 'device'), 0n])).toMatchObject({ outcome: null, value: 0n });
    expect([b.guest.heap.live, b.guest.nextDeadline(), b.host.report.channelsOpen]).toEqual([[], null, 0]);
  });

  test('a snapshot brings guest, kernel and console back', () => {
    const b = driver(`unpatched-${machine}`);
    const runUntil = (end: number): void => {
      for (let next = b.guest.nextDeadline(); next !== null && next <= end; next = b.guest.nextDeadline()) {
        b.guest.clock.now = Math.max(next, b.guest.clock.now);
        b.host.advance();
        expect(b.guest.step()).toBeNull();
      }
    };
    expect(b.guest.boot()).toBeNull();
    runUntil(5e9);
    const [guest, host] = [b.guest.snapshot(), b.host.snapshot()];
    const play = (): unknown => {
      b.host.event({ name: 'suspend' });
      runUntil(20e9);
      return [b.lines(), b.guest.heap.live, b.guest.clock.now, b.guest.stubsCalled, b.host.report.rpciCommands];
    };
    const first = play();
    b.guest.restore(guest);
    b.host.restore(host);
    expect(b.lines()).toHaveLength(2);
    expect(play()).toEqual(first);
    expect(b.lines().length).toBeGreaterThan(3);
  });
});

/** Calls of the kernel by code of our own, where there is a compiler. */
describe.skipIf(!hasCompiler).each(MACHINES)('NetBSD’s functions on %s', (machine) => {
  const kernel = (source: string): Bench =>
    inTemporary((directory) => {
      const path = join(directory, 'x.o');
      writeFileSync(path, compileBytes(source, machine, ['-O1', ...KERNEL[machine]]));
      return driver(path, { kernel: 'netbsd' });
    });

  test.each([
    ['an allocation given back by another size', 'f', 'memory', 'has 32 bytes, the caller says 31'],
    ['an allocation given back twice', 'g', 'memory', 'is free already'],
    ['no bytes at all', 'h', 'panic', 'kmem_alloc: size 0'],
    ['a callout that was never initialised', 'i', 'panic', 'callout_schedule: callout 0x'],
    ['a callout destroyed while it is pending', 'j', 'panic', 'is pending'],
    ['a mutex taken twice', 'k', 'panic', 'locking against myself'],
  ])('%s is told', (_, name, kind, message) => {
    const { guest } = kernel(`
      void *kmem_alloc(unsigned long, int); void kmem_free(void *, unsigned long);
      void callout_init(void *, int), callout_setfunc(void *, void *, void *), callout_schedule(void *, int);
      void callout_destroy(void *), mutex_init(void *, int, int), mutex_enter(void *);
      static void *c[20];
      void f(void) { kmem_free(kmem_alloc(32, 1), 31); }
      void g(void) { void *p = kmem_alloc(32, 1); kmem_free(p, 32); kmem_free(p, 32); }
      void h(void) { kmem_alloc(0, 1); }
      void i(void) { callout_schedule(c, 1); }
      void j(void) { callout_init(c, 0); callout_setfunc(c, f, 0); callout_schedule(c, 0); callout_destroy(c); }
      void k(void) { mutex_init(c, 0, 0); mutex_enter(c); mutex_enter(c); }`);
    const { outcome } = guest.call(name);
    expect(outcome).toMatchObject({ kind });
    expect(outcome !== null && 'message' in outcome ? outcome.message : '').toContain(message);
  });

  test('callouts run at ticks, soft interrupts and work when the call is over', () => {
    const b = kernel(`
      void callout_init(void *, int), callout_reset(void *, int, void *, void *);
      void *softint_establish(unsigned, void *, void *); void softint_schedule(void *);
      int workqueue_create(void **, const char *, void *, void *, int, int, int);
      void workqueue_enqueue(void *, void *, void *);
      void printf(const char *, ...); int getuptime_low(void); long long getuptime(void);
      static void *c[20], *s, *w;
      static void late(void *a) { printf("callout %d at %lld\\n", *(int *)a, getuptime()); }
      static void soft(void *a) { printf("softint %d\\n", *(int *)a); }
      static void work(void *wk, void *a) { printf("work %d\\n", *(int *)wk + *(int *)a); }
      static int seven = 7;
      void f(void) {
        callout_init(c, 0); callout_reset(c, 300, late, &seven);
        s = softint_establish(1, soft, &seven); softint_schedule(s); softint_schedule(s);
        workqueue_create(&w, "w", work, &seven, 0, 0, 0); workqueue_enqueue(w, &seven, 0);
      }`);
    expect(b.guest.call('f').outcome).toBeNull();
    for (let next = b.guest.nextDeadline(); next !== null; next = b.guest.nextDeadline()) {
      b.guest.clock.now = Math.max(next, b.guest.clock.now);
      expect(b.guest.step()).toBeNull();
    }
    expect(b.lines()).toEqual(['softint 7', 'work 14', 'callout 7 at 3']);
  });

  test('text: addresses, UUIDs, lines of a device that is none', () => {
    const b = kernel(`
      char *intoa(unsigned); int uuid_snprintf(char *, unsigned long, const void *); void printf(const char *, ...);
      void aprint_error_dev(void *, const char *, ...);
      static const unsigned char uuid[16] = { 4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16 };
      void f(void) {
        char t[40]; int n = uuid_snprintf(t, 9, uuid);
        printf("%s %d %s\\n", t, n, intoa(0x0500000a));
      }
      void g(void) { aprint_error_dev(f, "no\\n"); }`);
    expect(b.guest.call('f').outcome).toBeNull();
    expect(b.lines()).toEqual(['01020304 36 10.0.0.5']);
    expect(b.guest.call('g').outcome).toMatchObject({ kind: 'panic', message: expect.stringContaining('no device_t') });
  });

  test('malloc(9) of older releases', () => {
    const b = kernel(`
      void *malloc(unsigned long, void *, int), *kern_malloc(unsigned long, int);
      void free(void *, void *), kern_free(void *); extern char M_DEVBUF[];
      int f(void) {
        char *p = malloc(40, M_DEVBUF, 8), *q = kern_malloc(40, 8); int sum = p[39] + q[39];
        free(p, M_DEVBUF); kern_free(q); return sum;
      }`);
    expect(b.guest.call('f')).toMatchObject({ outcome: null, value: 0n });
    expect(b.guest.heap.live).toEqual([]);
  });

  test('an object without a driver has none to attach', () => {
    const b = kernel('void printf(const char *, ...); void f(void) { printf("x"); }');
    expect(() => b.guest.boot()).toThrow(/no driver to attach/);
  });
});
