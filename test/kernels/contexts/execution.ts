import { Bench } from '../../../src/bench/index.ts';
import type { KernelName } from '../../../src/guest/index.ts';
import type { AccessFact } from '../../../src/judge/index.ts';
import { parsePreemption } from '../../../src/plan/index.ts';
import { compile, KERNEL, type TestMachine } from '../../guest/support/compile.ts';

/** What every source here begins with: `stage` says how far the process is, `came` where the other one has seen it. */
const COMMON = `
static volatile int stage, came, held;
static void touch(unsigned short port) {
  unsigned char value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "d"(port) : "memory");
}
static void between(void *arg) { (void)arg; came = stage; touch(0x99); }
`;

/** A process that asks three ports, and keeps others out at the second. */
export function execution(name: string, shut = '', open = ''): string {
  return `int ${name}(void) {
    arm(); stage = 1; touch(0x11); ${shut} stage = 2; touch(0x22); ${open} stage = 3; touch(0x33); stage = 4;
    return came; }\n`;
}

/** What a process has lived through. */
export interface JudgedRun {
  /** What its function gave. */
  readonly value: number;
  /** The ports that were asked, in this order, in two hex digits. */
  readonly ports: string;
  readonly outcome: ReturnType<Bench['call']>['outcome'];
  readonly bench: Bench;
}

/** Code of our own under one kernel: its functions are called with a soft interrupt let in behind one port access. */
export class Source {
  readonly #object: ReturnType<typeof compile>;
  readonly #kernel: KernelName;
  #open: Bench[] = [];

  constructor(kernel: KernelName, machine: TestMachine, text: string) {
    const flags = machine === 'i386' && kernel === 'linux' ? ['-mregparm=3'] : [];
    this.#kernel = kernel;
    this.#object = compile(`${COMMON}${text}`, machine, ['-O1', '-g', ...KERNEL[machine], ...flags]);
  }

  /** Calls a function in a fresh guest. @param preempt lines as of `--preempt`. */
  call(name: string, ...preempt: readonly string[]): JudgedRun {
    const facts: AccessFact[] = [];
    const preemptions = preempt.map(parsePreemption);
    const bench = new Bench({ object: this.#object, guest: { kernel: this.#kernel }, preemptions });
    this.#open.push(bench);
    bench.watchers.push({ access: (fact) => facts.push(fact) });
    const { outcome, value } = bench.call(name, []);
    return { value: Number(value), ports: facts.map(({ port }) => port.toString(16)).join(' '), outcome, bench };
  }

  close(): void {
    for (const bench of this.#open) bench.close();
    this.#open = [];
  }
}
