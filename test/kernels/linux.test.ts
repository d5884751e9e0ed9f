import { afterEach, describe, expect, test } from 'vitest';
import { VmtbenchError } from '../../src/errors.ts';
import type { Guest, GuestOptions } from '../../src/guest/index.ts';
import { createGuest, guessKernel } from '../../src/kernels/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { compileBytes, hasCompiler, KERNEL, MACHINES, type TestMachine } from '../guest/support/compile.ts';

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

  const BUGS = `
    #define ROW(at, file, flags) __asm__ volatile("1: ud2\\n.pushsection __bug_table,\\"aw\\"\\n2: .long 1b" at "\\n .long %c0" file \\
      "\\n .word %c1, %c2\\n .org 2b + 12\\n .popsection" : : "i"("drivers/misc/sample.c"), "i"(__LINE__), "i"(flags))
    #ifdef __x86_64__
    #define TRAP(flags) ROW(" - .", " - .", flags)
    #define OLDER(flags) ROW(" - .", " - 2b", flags)
    #else
    #define TRAP(flags) ROW("", "", flags)
    #define OLDER(flags) TRAP(flags)
    #endif
    extern void kfree(void *); extern int _printk(const char *, ...); int one = 1;
    #line 100
    int warn(void) { if (one) TRAP(1); return _printk("went on\\n") ? 7 : 8; }
    int once(void) { if (one) TRAP(3); return 9; }
    int bug(void) { if (one) TRAP(0); return 1; }
    int older(void) { if (one) OLDER(1); return 10; }
    int other(void) { __asm__ volatile("ud2"); return 11; }
    void x(void) { kfree(0); }`;

  test('a WARN is printed and goes on, once where it says so', () => {
    const guest = load(BUGS, machine);
    expect(['warn', 'once', 'once', 'older', 'warn'].map((name) => call(guest, name))).toEqual([7, 9, 9, 10, 7]);
    const warned = (name: string, line: number): unknown =>
      expect.stringMatching(
        new RegExp(`^WARNING: CPU: 0 PID: 1 at drivers/misc/sample\\.c:${line} ${name}\\+0x[0-9a-f]+$`),
      );
    const [first, again] = [
      [warned('warn', 100), 'went on'],
      [warned('once', 101), warned('older', 103)],
    ];
    expect(lines(guest)).toEqual([...first, ...again, ...first]);
  });

  test('a BUG is the end, with its place; an invalid opcode that no table knows is a fault', () => {
    const guest = load(BUGS, machine);
    expect(guest.call('bug').outcome).toMatchObject({
      kind: 'panic',
      message: 'kernel BUG at drivers/misc/sample.c:102!',
      stack: [{ function: 'bug' }],
    });
    expect(guest.call('other').outcome).toMatchObject({ kind: 'fault', fault: { kind: 'invalidOpcode' } });
    expect(call(guest, 'warn')).toBe(7);
  });

  test('a table of WARNs that leads nowhere explains nothing', () => {
    const guest = load(BUGS.replaceAll('.long %c0"', '.long 0x7fff0000"').replaceAll('" file', '" ""'), machine);
    expect(guest.call('warn').outcome).toMatchObject({ kind: 'fault', fault: { kind: 'invalidOpcode' } });
  });

  test.each<[string, string, string | RegExp]>([
    ['an address', '"%p %px %pK|", p, p, p', /^([0-9a-f]{8,16}) \1 \1\|$/],
    [
      'Ethernet addresses',
      '"%pM %pMR %pMF %pm", b, b, b, b',
      '00:01:02:03:04:05 05:04:03:02:01:00 00-01-02-03-04-05 000102030405',
    ],
    ['IPv4', '"%pI4 %pi4 %pI4h", v4, v4, v4', '10.0.200.5 010.000.200.005 10.0.200.5'],
    [
      'IPv6',
      '"%pI6 %pi6 %pI6c", v6, v6, v6',
      '2001:0db8:0000:0000:0000:0000:0000:0005 20010db8000000000000000000000005 2001:db8::5',
    ],
    ['bytes', '"%3ph %*phC %4phD %2phN %ph", b, 3, b, b, b, b', '00 01 02 00:01:02 00-01-02-03 0001 00'],
    ['symbols', '"%ps %pS %ps", text, text, 0', /^text text\+0x0 0x0$/],
    ['a four character code', '"%p4cc", "AB24"', 'AB24 little-endian (0x34324241)'],
    ['a physical address', '"%pa|%pap", &phys, &phys', '0x0000000123456789|0x0000000123456789'],
    ['UUIDs', '"%pUb %pUL", v6, v6', '20010db8-0000-0000-0000-000000000005 B80D0120-0000-0000-0000-000000000005'],
    ['an error', '"%pe %pe", -12L, b', /^-12 [0-9a-f]{8,16}$/],
    ['no pointers', '"%pM %pI4 %3ph %pV", 0, 1, -5L, 0', '(null) (efault) (efault) (null)'],
    ['unknown letters', '"%pGg|", p', /^[0-9a-f]{8,16}\|$/],
    ['a format in a format', '"<%pV>", &inner', '<inner 7 x>'],
    ['a format in itself, for ever', '"%pV", &self', /^(self ){4}$/],
    ['a field of a width', '"%20pI4|%-12pI4|", v4, v4', '          10.0.200.5|10.0.200.5  |'],
  ])('%%p: %s', (_, args, expected) => {
    const guest = load(
      `extern int snprintf(char *, size_t, const char *, ...); extern void kfree(void *); typedef __builtin_va_list va_list;
       struct va_format { const char *fmt; va_list *va; }; static char out[256];
       static unsigned char b[] = { 0, 1, 2, 3, 4, 5 }, v4[] = { 10, 0, 200, 5 };
       static unsigned char v6[] = { 0x20, 1, 0xd, 0xb8, [15] = 5 }; static unsigned long long phys = 0x123456789;
       static void *p = b; static struct va_format self = { "self %pV", 0 };
       char *text(const char *format, ...) { va_list list; struct va_format inner = { format, &list };
         __builtin_va_start(list, format); self.va = &list; snprintf(out, sizeof(out), ${args}); __builtin_va_end(list);
         return out; }
       char *start(void) { return text("inner %d %s", ${args.endsWith('&self') ? '&self' : 7}, "x"); } void x(void) { kfree(0); }`,
      machine,
    );
    const { outcome, value } = guest.call('start');
    expect(outcome).toBeNull();
    const printed = Buffer.from(guest.machine.readCString(value)).toString();
    if (typeof expected === 'string') expect(printed).toBe(expected);
    else expect(printed).toMatch(expected);
  });

  test('structures lie where the object says', () => {
    const guest = load(
      `extern int _printk(const char *, ...); extern int queue_work_on(int, void *, void *); extern void *system_wq;
       extern void init_timer_key(void *, void *, unsigned, void *, void *); extern int mod_timer(void *, unsigned long);
       extern unsigned long jiffies;
       struct work_struct { void (*func)(struct work_struct *); size_t data[5]; };
       struct timer_list { size_t odd[6]; void (*function)(struct timer_list *); unsigned long expires; };
       static void timed(struct timer_list *t) { _printk("timer %d\\n", t->expires == jiffies); }
       static void work(struct work_struct *w) { _printk("work %d\\n", w->data[4]); }
       static struct work_struct w = { work, { 0, 0, 0, 0, 5 } }; static struct timer_list t;
       int init_module(void) { init_timer_key(&t, timed, 0, 0, 0); mod_timer(&t, jiffies + 250); return !queue_work_on(0, system_wq, &w); }`,
      machine,
      {},
      ['-g'],
    );
    expect(guest.boot()).toBeNull();
    for (let next = guest.nextDeadline(); next !== null; next = guest.nextDeadline()) {
      guest.clock.now = Math.max(guest.clock.now, next);
      expect(guest.step()).toBeNull();
    }
    expect(lines(guest)).toEqual(['work 5', 'timer 1']);
  });

  test('is told from its sections, whatever it imports', () => {
    const bytes = compileBytes(`${MODULE} int alone(void) { return 3; }`, machine, [...KERNEL[machine]]);
    expect(guessKernel(parseObject(bytes, 'x.ko'))).toBe('linux');
  });
});
