/** A process of `vmtbench fuzz` that executes: libFuzzer, AFL++ or nothing but chance chooses its inputs. */
import { openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { VmtbenchError } from '../errors.ts';
import {
  attachAfl,
  BlindInputs,
  COUNTERS,
  dictionaryOf,
  type FuzzFinding,
  type FuzzMessage,
  fuzzAddon,
  HEALTHY,
  progressOf,
  saveFinding,
  serveAfl,
  writeWhole,
} from '../fuzz/index.ts';
import { type FuzzFlags, type FuzzSubject, openFuzzSubject } from './fuzz-subject.ts';

/** What the process is to do. Plain data, in its first argument. */
export interface ChildOrders {
  readonly path: string;
  readonly flags: FuzzFlags;
  readonly folder: string;
  readonly engine: 'libfuzzer' | 'afl' | 'blind';
  /** Real seconds; null: until it is ended. */
  readonly seconds: number | null;
  readonly executions: number | null;
  readonly seed: number;
  /** Of the engine. */
  readonly words: readonly string[];
  /** Where its messages go: a file, or null for file descriptor 3. */
  readonly messages: string | null;
}

/** Milliseconds between two messages of progress. */
const INTERVAL = 250;
/** Bytes of an input: what lies behind says nothing. */
const LONGEST = 1024;

class Child {
  readonly #orders: ChildOrders;
  readonly #messages: number;
  #subject: FuzzSubject | null = null;
  #since = 0;
  #told = 0;

  constructor(orders: ChildOrders) {
    this.#orders = orders;
    this.#messages = orders.messages === null ? 3 : openSync(orders.messages, 'a');
  }

  run(): void {
    const { path, flags, folder, engine } = this.#orders;
    const afl = engine === 'afl' ? attachAfl(process.env) : null;
    const counters = afl?.map ?? new Uint8Array(COUNTERS);
    const onFinding = (found: FuzzFinding): void => this.#found(found);
    const subject = openFuzzSubject({ path, flags, folder, counters, onFinding });
    this.#subject = subject;
    this.#since = performance.now();
    // The healthy host is every input's background: nothing that it shows is new.
    const { fuzzer } = subject;
    fuzzer.target.execute(HEALTHY);
    fuzzer.feedback.take();
    if (afl !== null) serveAfl(afl, (input) => this.#execute(input));
    else if (engine === 'blind') this.#runBlind();
    else this.#runLibFuzzer(subject, counters);
  }

  tell(message: FuzzMessage): void {
    writeSync(this.#messages, `${JSON.stringify(message)}\n`);
  }

  /** Ends the process at once, its last progress told: an engine would take an exit for a crash. */
  end(): never {
    this.#tellProgress();
    process.kill(process.pid, 'SIGKILL');
    for (;;);
  }

  #runBlind(): void {
    const inputs = new BlindInputs(this.#orders.seed);
    for (;;) this.#execute(inputs.next());
  }

  #runLibFuzzer({ corpus, options, fuzzer }: FuzzSubject, counters: Uint8Array): void {
    const { folder, seed, words } = this.#orders;
    const dictionary = join(folder, 'dictionary.txt');
    writeWhole(dictionary, dictionaryOf(options.object, fuzzer.feedback.pairs));
    // Node has signal handlers of its own, and a guest that loops costs one budget: no unit takes long.
    const signals = ['abrt', 'bus', 'fpe', 'ill', 'int', 'segv', 'term', 'usr1', 'usr2', 'xfsz'];
    const args = [
      'vmtbench',
      `-max_len=${LONGEST}`,
      '-timeout=0',
      '-rss_limit_mb=0',
      '-detect_leaks=0',
      ...signals.map((name) => `-handle_${name}=0`),
      `-dict=${dictionary}`,
      `-artifact_prefix=${folder}/`,
      ...(seed === 0 ? [] : [`-seed=${seed}`]),
      ...words,
      corpus.queue,
    ];
    const input = new Uint8Array(LONGEST);
    fuzzAddon().runLibFuzzer(args, counters, input, (length) => this.#execute(input.slice(0, length)));
    this.end();
  }

  #execute(input: Uint8Array): boolean {
    const { fuzzer, corpus } = this.#subject as FuzzSubject;
    const { engine, executions } = this.#orders;
    const { isNew, isUnsafe } = fuzzer.execute(input);
    if (isNew && engine === 'blind') corpus.add(input);
    if (executions !== null && fuzzer.counts.executions >= executions) this.end();
    this.#lookAtClock();
    return isUnsafe;
  }

  #lookAtClock(): void {
    const now = performance.now();
    if (now - this.#told < INTERVAL) return;
    const { seconds } = this.#orders;
    if (seconds !== null && now - this.#since > seconds * 1000) this.end();
    this.#told = now;
    this.#tellProgress();
  }

  #tellProgress(): void {
    const { fuzzer, code, corpus } = this.#subject as FuzzSubject;
    const inputs = readdirSync(corpus.queue).length;
    this.tell({ kind: 'progress', progress: progressOf(fuzzer, code, inputs, this.#since) });
  }

  #found(found: FuzzFinding): void {
    const { corpus, options, bytes } = this.#subject as FuzzSubject;
    const saved = saveFinding(corpus.findings, found, options, bytes);
    const { cause, finding, execution, input } = found;
    const records = Math.ceil(input.length / 16);
    this.tell({ kind: 'finding', finding, cause, ...saved, execution, records });
  }
}

const child = new Child(JSON.parse(process.argv[2] ?? 'null') as ChildOrders);
try {
  child.run();
} catch (error) {
  if (!(error instanceof VmtbenchError)) throw error;
  const { code, message, hint } = error;
  child.tell({ kind: 'error', code, message, hint });
  process.exitCode = 2;
}
