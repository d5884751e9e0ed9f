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
  const b = bench(object.includes('/') ? object : fixturePath(`vmt-freebsd-${object}.o`), options);
  open.push(b);
  return b;
}

const QUIET = { session: 'resetOnly' } as const;
const address = ({ guest }: Bench, name: string): bigint => guest.symbol(name) ?? 0n;

function drain(b: Bench): void {
  for (let next = b.guest.nextDeadline(); next !== null; next = b.guest.nextDeadline()) {
    b.guest.clock.now = Math.max(next, b.guest.clock.now);
    expect(b.guest.step()).toBeNull();
  }
}

describe.each(['amd64', 'i386'])('vmt on FreeBSD, %s', (machine) => {
  test.each(['unpatched', 'patched'])('%s: identified, probed, attached', (build) => {
    const { guest, lines } = driver(`${build}-${machine}`);
    expect(guest.kernel).toBe('freebsd');
    expect(guest.boot()).toBeNull();
    expect(lines()).toEqual(['vmt0: <VMware Tools Device> on nexus0']);
    expect(guest.stubsCalled.slice(0, 4)).toEqual([
      'device_find_child',
      'kobj_lookup_method',
      'bus_generic_add_child',
      'device_set_desc',
    ]);
    expect(guest.nextDeadline()).toBe(1_000_000_000);
  });

  test('a driver that finds no VMware adds no device', () => {
    const b = driver(`unpatched-${machine}`);
    b.guest.machine.onPort = (access) => {
      access.registers.eax = 0xffffffff;
    };
    expect(b.guest.boot()).toMatchObject({ kind: 'notAttached', driver: 'vmt' });
    expect([b.lines(), b.guest.nextDeadline()]).toEqual([[], null]);
  });

  test('its ticks are a second each, whatever the host has to say', () => {
    const b = driver(`patched-${machine}`);
    const receives: number[] = [];
    b.bus.probe = {
      before: (access) => {
        const call = b.host.describe(access.registers, 'low');
        if (call?.protocol === 'tclo' && call.step === 'recvsize') receives.push(Math.floor(b.guest.clock.now / 1e9));
        return null;
      },
      after: () => {},
    };
    b.run(20);
    expect(receives).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test.each([
    ['halt', 'Shutting down in response to request from VMware host'],
    ['reboot', 'Rebooting in response to request from VMware host'],
  ] as const)('%s ends the run', (how, line) => {
    const b = driver(`patched-${machine}`, { host: QUIET });
    expect(b.run(60, [{ at: 20, do: () => b.host.event({ name: how }) }])).toMatchObject({ kind: 'halted', how });
    expect(b.lines().at(-1)).toBe(line);
    expect(b.host.report.tcloReplies.at(-1)).toBe('OK ');
  });

  test('detached, it says goodbye and leaves nothing behind', () => {
    const b = driver(`patched-${machine}`, { host: QUIET });
    b.run(20);
    expect(b.guest.call('vmt_detach', [address(b, 'device')])).toMatchObject({ outcome: null, value: 0n });
    expect([b.guest.heap.live, b.guest.nextDeadline(), b.host.report.channelsOpen]).toEqual([[], null, 0]);
    expect(b.host.report.rpciCommands.at(-1)).toBe('tools.capability.hgfs_server toolbox 0');
  });

  test('a failed attach is told as newbus tells it, and leaves nothing', () => {
    const b = driver(`patched-${machine}`);
    b.bus.probe = {
      before: (access) => (b.host.describe(access.registers, 'low')?.step === 'open' ? { kind: 'refuse' } : null),
      after: () => {},
    };
    expect(b.guest.boot()).toBeNull();
    expect(b.lines().slice(-2)).toEqual([
      'vmt0: failed to set HGFS server capability',
      'device_attach: vmt0 attach returned 5',
    ]);
    expect([b.guest.heap.live, b.guest.nextDeadline()]).toEqual([[], null]);
  });

  test('the kernel asks for the frequency by one instruction', () => {
    const { guest } = driver(`unpatched-${machine}`);
    expect(guest.call('vmware_tsc_freq')).toMatchObject({ outcome: null, wideValue: 2_000_000_000n });
  });

  test('a snapshot brings guest, kernel and console back', () => {
    const b = driver(`unpatched-${machine}`, { host: QUIET });
    b.run(5);
    const [guest, host] = [b.guest.snapshot(), b.host.snapshot()];
    const play = (): unknown => {
      b.host.event({ name: 'tclo.break' });
      for (let next = b.guest.nextDeadline(); next !== null && next <= 20e9; next = b.guest.nextDeadline()) {
        b.guest.clock.now = Math.max(next, b.guest.clock.now);
        expect(b.guest.step()).toBeNull();
      }
      return [b.lines(), b.guest.heap.live, b.guest.clock.now];
    };
    const first = play();
    b.guest.restore(guest);
    b.host.restore(host);
    expect(b.lines()).toHaveLength(1);
    expect(play()).toEqual(first);
  });
});

/** Calls of the kernel by code of our own, where there is a compiler. */
describe.skipIf(!hasCompiler).each(MACHINES)('FreeBSD’s functions on %s', (machine) => {
  const kernel = (source: string): Bench =>
    inTemporary((directory) => {
      const path = join(directory, 'x.o');
      writeFileSync(path, compileBytes(source, machine, ['-O1', ...KERNEL[machine]]));
      return driver(path, { kernel: 'freebsd' });
    });

  test('tasks run when the call is over, once for each time that they were waited for', () => {
    const b = kernel(`
      struct task { void *link; unsigned short pending, priority; void (*func)(void *, int); void *context; };
      extern void *taskqueue_thread; int printf(const char *, ...);
      int taskqueue_enqueue(void *, struct task *), taskqueue_cancel(void *, struct task *, unsigned *);
      int taskqueue_enqueue_timeout(void *, void *, int);
      void _timeout_task_init(void *, void *, int, void *, void *);
      static void run(void *context, int pending) { printf("%s %d\\n", (char *)context, pending); }
      static struct task a = { 0, 0, 0, run, "a" }, c = { 0, 0, 0, run, "c" };
      static void *later[40];
      void f(void) {
        taskqueue_enqueue(taskqueue_thread, &a); taskqueue_enqueue(taskqueue_thread, &c);
        taskqueue_enqueue(taskqueue_thread, &a); unsigned n; taskqueue_cancel(taskqueue_thread, &c, &n);
        _timeout_task_init(taskqueue_thread, later, 0, run, "later");
        taskqueue_enqueue_timeout(taskqueue_thread, later, 100);
        printf("cancelled %u\\n", n);
      }`);
    expect(b.guest.call('f').outcome).toBeNull();
    drain(b);
    expect(b.lines()).toEqual(['cancelled 1', 'a 2', 'later 1']);
    expect(b.guest.clock.now).toBeGreaterThanOrEqual(1e9);
  });

  test('a callout holds its mutex while it runs, and a mutex is taken once', () => {
    const b = kernel(`
      struct mtx { struct { const char *name; unsigned flags, data; void *witness; } lock_object; void *volatile lock; };
      void _mtx_init(void *, const char *, const char *, int), __mtx_lock_flags(void *, int, const char *, int);
      void __mtx_unlock_flags(void *, int, const char *, int), _callout_init_lock(void *, void *, int);
      int callout_reset_sbt_on(void *, long long, long long, void *, void *, int, int), printf(const char *, ...);
      extern long long tick_sbt; extern int hz; static void *c[16]; static struct mtx m;
      static void run(void *a) { printf("held %d\\n", m.lock != 0); (void)a; }
      void f(void) {
        _mtx_init((void *)&m.lock, "m", 0, 0); _callout_init_lock(c, &m, 0);
        callout_reset_sbt_on(c, tick_sbt * hz, 0, run, 0, -1, 0x100);
      }
      int idle(void) { return m.lock == 0; }
      void g(void) { __mtx_lock_flags((void *)&m.lock, 0, "", 0); __mtx_lock_flags((void *)&m.lock, 0, "", 0); }`);
    expect(b.guest.call('f').outcome).toBeNull();
    expect(b.guest.nextDeadline()).toBe(1_000_000_000);
    drain(b);
    expect(b.lines()).toEqual(['held 1']);
    expect(b.guest.call('idle').value).toBe(1n);
    expect(b.guest.call('g').outcome).toMatchObject({ kind: 'panic', message: expect.stringContaining('recursed') });
  });

  test('kernel code takes a mutex without a call, by the current thread', () => {
    const segment = machine === 'amd64' ? 'mov %%gs:0, %0' : 'mov %%fs:0, %0';
    const b = kernel(`
      void __mtx_lock_sleep(void *, void *); extern char __pcpu[];
      void *f(void) { void *thread; __asm__ volatile("${segment}" : "=r"(thread)); return thread; }
      int g(void) { static void *word = (void *)4; __mtx_lock_sleep(&word, word); return word == f(); }`);
    expect(b.guest.call('f').value).not.toBe(0n);
    expect(b.guest.call('g').value).toBe(1n);
  });

  test.each([
    ['an allocation given back twice', 'f', 'memory', 'is free already'],
    ['a callout that was never initialised', 'g', 'panic', 'callout_schedule: callout 0x'],
  ])('%s is told', (_, name, kind, message) => {
    const { guest } = kernel(`
      void *malloc(unsigned long, void *, int); void free(void *, void *); extern char M_DEVBUF[];
      int callout_schedule(void *, int); static void *c[20];
      void f(void) { void *p = malloc(32, M_DEVBUF, 2); free(p, M_DEVBUF); free(p, M_DEVBUF); }
      void g(void) { callout_schedule(c, 1); }`);
    const { outcome } = guest.call(name);
    expect(outcome).toMatchObject({ kind });
    expect(outcome !== null && 'message' in outcome ? outcome.message : '').toContain(message);
  });

  // A driver of the time when VMware was one virtual machine among others, found by its bus, with an event handler.
  test('an older driver: vm_guest is VM_GUEST_VM for it, and a shutdown tells its event handler', () => {
    const b = kernel(`
      typedef int (*op)(void); struct method { void *desc; op func; };
      extern char device_identify_desc[], device_probe_desc[], device_attach_desc[];
      extern int vm_guest; int printf(const char *, ...); void *device_add_child(void *, const char *, int);
      int device_get_unit(void *); char *device_get_nameunit(void *); void device_set_desc_copy(void *, const char *);
      void *eventhandler_register(void *, const char *, void *, void *, int); void shutdown_nice(int);
      static void identify(void *driver, void *parent) { if (vm_guest == 1) device_add_child(parent, "old", -1); }
      static int probe(void *dev) { device_set_desc_copy(dev, "Old"); return -10; }
      static void final(void *arg, int howto) { printf("%s %#x\\n", (char *)arg, howto); }
      static int attach(void *dev) {
        printf("%s %d\\n", device_get_nameunit(dev), device_get_unit(dev));
        eventhandler_register(0, "shutdown_final", final, "bye", 0); shutdown_nice(0x4008); return 0;
      }
      static struct method methods[] = { { device_identify_desc, (op)identify }, { device_probe_desc, (op)probe },
        { device_attach_desc, (op)attach }, { 0, 0 } };
      static struct { const char *name; struct method *methods; unsigned long size; } old_driver = { "old", methods, 64 };
      struct { void *a, *b; const char *bus; void *driver; } old_acpi_driver_mod = { 0, 0, "acpi", &old_driver };`);
    expect(b.guest.boot()).toBeNull();
    expect(b.guest.step()).toMatchObject({ kind: 'halted', how: 'halt' });
    expect(b.lines()).toEqual(['old0: <Old> on acpi0', 'old0 0', 'bye 0x4008']);
  });

  test('an object without a driver has none to attach', () => {
    const b = kernel('int printf(const char *, ...); void f(void) { printf("x"); }');
    expect(() => b.guest.boot()).toThrow(/no driver to attach/);
  });
});
