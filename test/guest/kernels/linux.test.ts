import { afterEach, describe, expect, test } from 'vitest';
import { VmtbenchError } from '../../../src/errors.ts';
import { createGuest, type Guest, type GuestOptions, guessKernel, parseObject } from '../../../src/guest/index.ts';
import { compileBytes, hasCompiler, KERNEL, MACHINES, type TestMachine } from '../support/compile.ts';

let open: Guest[] = [];

afterEach(() => {
  for (const guest of open) guest.close();
  open = [];
});

/** As Debian's kernels are compiled. */
const FLAGS: Readonly<Record<TestMachine, readonly string[]>> = {
  amd64: [
    ...KERNEL.amd64,
    '-O2',
    '-mindirect-branch=thunk-extern',
    '-mfunction-return=thunk-extern',
    '-mfentry',
    '-pg',
  ],
  i386: [...KERNEL.i386, '-O2', '-mregparm=3', '-mindirect-branch=thunk-extern', '-mfentry', '-pg'],
};
const CANARY: Readonly<Record<TestMachine, readonly string[]>> = {
  amd64: ['-fstack-protector-all', '-mstack-protector-guard-reg=gs', '-mstack-protector-guard-offset=0x28'],
  i386: ['-fstack-protector-all', '-mstack-protector-guard-reg=fs', '-mstack-protector-guard-symbol=__stack_chk_guard'],
};

const MODULE = `
typedef unsigned long size_t;
#define INFO(n, text) static const char info##n[] __attribute__((section(".modinfo"), used)) = text
INFO(0, "name=sample"); INFO(1, "license=GPL");
`;

function load(source: string, machine: TestMachine, options: GuestOptions = {}, flags: readonly string[] = []): Guest {
  const bytes = compileBytes(`${MODULE}${source}`, machine, [...FLAGS[machine], ...flags]);
  const guest = createGuest(parseObject(bytes, 'sample.ko'), options);
  open.push(guest);
  return guest;
}

function call(guest: Guest, name: string, ...args: bigint[]): number {
  const { outcome, value } = guest.call(name, args);
  expect(outcome).toBeNull();
  return Number(BigInt.asIntN(32, value));
}

const lines = (guest: Guest): string[] => guest.console.map(({ text }) => text);

/** An instruction that CPUID bits replace: 12-byte entries, as since Linux 5.13. */
const ALTERNATIVES = `
extern int helper(int);
__asm__(
".text\\n.globl plain\\nplain: movl $1, %eax\\n"
"1: nop; nop; nop; nop; nop; nop\\n2: ret\\n"
".globl jumping\\njumping:\\n3: .byte 0x90,0x90,0x90,0x90,0x90\\n4: movl $1, %eax\\n ret\\n"
".globl target\\ntarget: movl $77, %eax\\n ret\\n"
".section .altinstr_replacement,\\"ax\\"\\n"
"5: movl $2, %eax\\n6:\\n7: movl $3, %eax\\n8:\\n9: jmp target\\n10:\\n"
".section .altinstructions,\\"a\\"\\n"
" .long 1b - ., 5b - .\\n .word 8*32+18\\n .byte 2b-1b, 6b-5b\\n"
" .long 1b - ., 7b - .\\n .word 8*32+19\\n .byte 2b-1b, 8b-7b\\n"
" .long 3b - ., 9b - .\\n .word 0*32+26\\n .byte 4b-3b, 10b-9b\\n"
".text\\n");
`;

describe.skipIf(!hasCompiler).each(MACHINES)('a Linux module, %s', (machine) => {
  test('loads, prints and has its work done', () => {
    const guest = load(
      `extern int _printk(const char *, ...); extern char *kasprintf(unsigned, const char *, ...); extern void kfree(const void *);
       extern int queue_delayed_work_on(int, void *, void *, size_t); extern void *system_wq;
       static struct { size_t data; void *list[2]; void (*run)(void *); } work; static int runs;
       static void again(void *w) { _printk("\\0016sample: run %d\\n", ++runs);
         if (runs < 3) queue_delayed_work_on(1, system_wq, w, 250); }
       int init_module(void) { char *text = kasprintf(0xcc0, "%s-%d", "sample", 7);
         _printk("\\0014%s loaded: %lx %d %d\\n", text, 5ul, 6, 7); kfree(text); work.run = again;
         return queue_delayed_work_on(1, system_wq, &work, 0) == 1 ? 0 : -5; }`,
      machine,
    );
    expect(guest.kernel).toBe('linux');
    expect(guest.boot()).toBeNull();
    while (guest.nextDeadline() !== null) {
      guest.clock.now = Math.max(guest.clock.now, guest.nextDeadline() ?? 0);
      expect(guest.step()).toBeNull();
    }
    expect(lines(guest)).toEqual(['sample-7 loaded: 5 6 7', 'sample: run 1', 'sample: run 2', 'sample: run 3']);
    expect(Math.floor(guest.clock.now / 1e9)).toBe(2);
    expect(guest.heap.live).toEqual([]);
  });

  test('that finds no device says so', () => {
    const guest = load(
      'int init_module(void) { return -19; } extern void kfree(void *); void x(void) { kfree(0); }',
      machine,
    );
    expect(guest.boot()).toMatchObject({ kind: 'notAttached', driver: 'sample' });
  });

  test('has a canary, per-CPU variables and jiffies', () => {
    const segment = machine === 'amd64' ? '%%gs:' : '%%fs:';
    const perCpu = `__asm__("movl ${segment}%1, %0" : "=r"(v) : "m"(NAME))`;
    const guest = load(
      `extern unsigned long jiffies; extern int cpu_number; extern int x86_hyper_type;
       static int mine __attribute__((section(".data..percpu"))) = 41; int sink[4];
       int protect(int x) { volatile char room[40]; for (int i = 0; i <= x; i++) room[i] = 1; return room[x]; }
       int own(void) { int v; ${perCpu.replace('NAME', 'mine')}; return v; }
       int cpu(void) { int v; ${perCpu.replace('NAME', 'cpu_number')}; return v; }
       int hyper(void) { return x86_hyper_type; }
       unsigned ticks(void) { return (unsigned)jiffies; }
       extern void kfree(void *); void x(void) { kfree(0); }`,
      machine,
      {},
      CANARY[machine],
    );
    expect(call(guest, 'protect', 3n)).toBe(1);
    expect(guest.call('protect', [43n]).outcome).toMatchObject({ kind: 'panic' });
    expect([call(guest, 'own'), call(guest, 'cpu'), call(guest, 'hyper')]).toEqual([41, 0, 1]);
    const before = call(guest, 'ticks');
    guest.clock.now += 1e9;
    expect(call(guest, 'ticks') - before).toBe(250);
  });

  test.each([
    ['port', true, 1],
    ['vmcall', true, 2],
    ['vmmcall', true, 3],
    ['vmcall', false, 1],
  ] as const)('alternatives: %s, applied %s', (hypercall, alternatives, result) => {
    const guest = load(ALTERNATIVES, machine, { machine: { hypercall }, alternatives });
    expect(call(guest, 'plain')).toBe(result);
    // A feature of the processor itself (SSE2), and a jump that has moved.
    expect(call(guest, 'jumping')).toBe(alternatives ? 77 : 1);
  });

  test('alternatives that point elsewhere are refused with a word', () => {
    const source = ALTERNATIVES.replace('.long 1b - ., 5b - .', '.long 0x40000000, 5b - .');
    expect(() => load(source, machine)).toThrow(VmtbenchError);
    expect(() => load(source, machine)).toThrow(
      /sample\.ko: \.altinstructions of 36 bytes does not point into the code/,
    );
    expect(call(load(source, machine, { alternatives: false }), 'plain')).toBe(1);
  });

  test('thunks and static calls keep what they must', () => {
    const guest = load(
      `extern int __SCT__cond_resched(void); extern void kfree(void *);
       static int add(int a, int b, int c) { return a * 100 + b * 10 + c; } int (*volatile chosen)(int, int, int) = add;
       int indirect(int a) { return chosen(a, 2, 3); }
       int resched(int a) { return __SCT__cond_resched() + a; } void x(void) { kfree(0); }`,
      machine,
    );
    expect([call(guest, 'indirect', 1n), call(guest, 'resched', 9n)]).toEqual([123, 9]);
  });

  test.each([
    ['kfree(p); kfree(p);', /kfree: 0x[0-9a-f]+ is free already/],
    ['kfree(p + 8);', /kfree: 0x[0-9a-f]+ was not allocated/],
  ])('a misused heap is told: %s', (what, message) => {
    const guest = load(
      `extern char *__kmalloc(size_t, unsigned); extern void kfree(void *);
       int misuse(void) { char *p = __kmalloc(24, 0xdc0); if (p[23]) return 1; ${what} return 0; }`,
      machine,
    );
    const { outcome } = guest.call('misuse', []);
    expect(outcome).toMatchObject({ kind: 'memory', message: expect.stringMatching(message) });
  });

  test('strings and numbers as the kernel reads them', () => {
    const guest = load(
      `extern long strscpy(char *, const char *, size_t); extern char *strsep(char **, const char *);
       extern int kstrtouint(const char *, unsigned, unsigned *); extern int kstrtobool(const char *, _Bool *);
       extern int scnprintf(char *, size_t, const char *, ...); extern void kfree(void *);
       static char room[8]; static char list[] = "a,bc"; static char *at = list;
       int copy(void) { return strscpy(room, "12345678", 8) * 10 + room[7]; }
       int split(void) { char *first = strsep(&at, ","); char *second = strsep(&at, ","); return first[0] + second[1] + (at == 0); }
       int number(void) { unsigned v = 0; return kstrtouint("0x1f\\n", 0, &v) ? -1 : v; }
       int negative(void) { unsigned v = 0; return kstrtouint("-1", 10, &v); }
       int yes(void) { _Bool b = 0; return kstrtobool("on", &b) ? -1 : b; }
       int printed(void) { return scnprintf(room, 4, "%d", 123456); } void x(void) { kfree(0); }`,
      machine,
    );
    expect(['copy', 'split', 'number', 'negative', 'yes', 'printed'].map((name) => call(guest, name))).toEqual([
      -70,
      'a'.charCodeAt(0) + 'c'.charCodeAt(0) + 1,
      31,
      -22,
      1,
      3,
    ]);
  });

  test('is told from its sections, whatever it imports', () => {
    const bytes = compileBytes(`${MODULE} int alone(void) { return 3; }`, machine, [...KERNEL[machine]]);
    expect(guessKernel(parseObject(bytes, 'x.ko'))).toBe('linux');
  });
});
