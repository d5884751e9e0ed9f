import { afterEach, describe, expect, test } from 'vitest';
import type { Guest, GuestOutcome } from '../../src/guest/index.ts';
import { createGuest } from '../../src/kernels/index.ts';
import { compile, hasCompiler, KERNEL, MACHINES, type TestMachine } from './support/compile.ts';

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

const SOURCE = `
int printf(const char *, ...); void timeout_set(void *, void *, void *); void timeout_add_sec(void *, int);
void *memset(void *, int, unsigned long); int strlen(const char *);
static inline unsigned in(void) { unsigned v; __asm__ volatile("inl %%dx,%%eax" : "=a"(v) : "a"(0), "d"(0x40)); return v; }
void shout(void) { for (;;) printf("%4000d\\n", 1); }
void count(void) { for (int i = 0; ; i++) printf("line %d\\n", i); }
static char timeouts[64 * 20000]; void tick(void *x) {}
void arm(void) { for (int i = 0; i < 20000; i++) { timeout_set(timeouts + 64 * i, tick, 0); timeout_add_sec(timeouts + 64 * i, 1); } }
void poll(void) { for (;;) in(); }
void poll_and_call(void) { for (;;) { in(); strlen("x"); } }
void many(void) { for (;;) { ${'in();'.repeat(500)} } }
void call(void) { for (;;) strlen("x"); }
`;

function load(machine: TestMachine, onPort: () => void = () => {}): Guest {
  const flags = [...KERNEL[machine], '-O1', '-fno-builtin'];
  const guest = createGuest(compile(SOURCE, machine, flags), { kernel: 'openbsd' });
  open.push(guest);
  guest.machine.onPort = onPort;
  return guest;
}

const outcome = (guest: Guest, name: string): GuestOutcome | null => guest.call(name).outcome;

describe.skipIf(!hasCompiler).each(MACHINES)('a guest that never stops, on %s', (machine) => {
  test('printing long lines', () => {
    const guest = load(machine);
    expect(outcome(guest, 'shout')).toMatchObject({
      kind: 'excess',
      message: 'the guest printed more than 67108864 characters',
    });
    expect(guest.consoleTexts).toHaveLength(10_001);
  });

  test('printing short lines', () => {
    const guest = load(machine);
    expect(outcome(guest, 'count')).toMatchObject({
      kind: 'excess',
      message: 'the guest printed more than 100000 lines',
    });
    expect([guest.console[0]?.text, guest.console.at(-1)?.text]).toEqual(['line 0', 'line 100000']);
  });

  test('arming timeouts', () => {
    expect(outcome(load(machine), 'arm')).toMatchObject({
      kind: 'excess',
      message: expect.stringMatching(/kernel\.timeouts/),
    });
  });

  test('polling a port costs about the same with a function of the kernel in its loop or without, and however many', () => {
    const served = ['poll', 'poll_and_call', 'many'].map((name) => {
      let accesses = 0;
      const guest = load(machine, () => {
        accesses++;
      });
      expect(outcome(guest, name)?.kind).toBe('hang');
      return accesses;
    });
    for (const accesses of served) {
      expect(accesses).toBeGreaterThan(100_000);
      expect(accesses).toBeLessThan(500_000);
    }
  });

  test('calling a function of the kernel', () => {
    expect(outcome(load(machine), 'call')?.kind).toBe('hang');
  });
});
