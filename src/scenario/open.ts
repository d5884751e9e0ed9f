import { createHash } from 'node:crypto';
import { Bench, boot, type Ending, planOf, type RunReport, run } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { CallResult, Guest, GuestOptions } from '../guest/index.ts';
import type { InvariantChoice } from '../judge/index.ts';
import { type ObjectFile, parseObject } from '../object/index.ts';
import type { VmwareHost } from '../tclo-host/index.ts';
import { TraceRecorder, TraceWriter } from '../trace/index.ts';
import { defineScenario } from './file/parse.ts';
import {
  benchOptionsOf,
  mergeScenarios,
  NO_SCENARIO,
  runOptionsOf,
  type Scenario,
  type ScenarioInput,
} from './file/scenario.ts';
import { readObject } from './input.ts';
import { type TranscriptLine, transcriptOf } from './transcript.ts';

/** What a bench is opened with: the guest, and a scenario's keys, all of which may be left out. */
export interface OpenBenchOptions extends ScenarioInput {
  /** Path of the guest's object, its bytes, or what `parseObject` gave. */
  readonly object: string | Uint8Array | ObjectFile;
  /** What the keys above are put upon: from `loadScenario`, `parseScenario` or `defineScenario`. */
  readonly scenario?: Scenario;
  /** Stand-ins for functions and data, and how the guest is built; its kernel and machine are the scenario's. */
  readonly guest?: Omit<GuestOptions, 'kernel' | 'machine'>;
  /** Rules beyond those of every run, by name or of your own. */
  readonly invariants?: readonly InvariantChoice[];
  /** False keeps no trace, for runs of many virtual hours: `trace` and `talk` are empty then. */
  readonly trace?: boolean;
}

/** What a run came to, with what was said in it. Plain data: the bench may be closed. */
export interface RunResult extends RunReport {
  readonly talk: readonly TranscriptLine[];
  /** As `--trace` stores it. */
  readonly trace: Uint8Array;
  /** False where the guest might write where it likes. */
  readonly memoryChecked: boolean;
  /** Names an address for people: `vmt_tclo_tick+0x1f (vmt_tclo.c:123)`. */
  readonly where: (address: bigint) => string;
}

/** The name that {@link RunResult} had first. */
export type Life = RunResult;

/** A bench that is ready: run it once, or call functions of the guest. */
export class OpenBench {
  /** Everything behind it: memory, clock, schedule, snapshots. */
  readonly bench: Bench;
  readonly #options: OpenBenchOptions;
  readonly #scenario: Scenario;
  readonly #chunks: Uint8Array[] = [];
  #ran = false;

  constructor(options: OpenBenchOptions) {
    this.#options = options;
    this.#scenario = mergeScenarios(options.scenario ?? NO_SCENARIO, defineScenario(inputOf(options)));
    const object = objectOf(options.object);
    const benchOptions = benchOptionsOf(this.#scenario);
    this.bench = new Bench({ object, ...benchOptions, guest: { ...options.guest, ...benchOptions.guest } });
    if (options.trace !== false) this.#startTrace(object);
  }

  get guest(): Guest {
    return this.bench.guest;
  }

  get host(): VmwareHost {
    return this.bench.host;
  }

  /** What has been recorded so far, as `--trace` stores it. */
  get trace(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }

  /** What guest and host have said so far. */
  get talk(): readonly TranscriptLine[] {
    return this.#chunks.length === 0 ? [] : transcriptOf(this.trace);
  }

  /**
   * Boots the guest, lets it live for the scenario's time, and judges it.
   * @param duration another time than the scenario's, such as `10m`.
   * @throws VmtbenchError `bench.ran` the second time: a guest has one life.
   */
  run(duration?: string): RunResult {
    if (this.#ran) throw new VmtbenchError('bench.ran', 'the bench has run', 'Open another one for another run.');
    this.#ran = true;
    const { invariants = [], guest = {} } = this.#options;
    const scenario = duration === undefined ? this.#scenario : { ...this.#scenario, for: duration };
    const report = run(this.bench, { ...runOptionsOf(scenario), invariants });
    this.bench.trace?.writer.end(report.outcome);
    const { trace, talk } = this;
    const where = (address: bigint): string => this.bench.where(address);
    return { ...report, talk, trace, memoryChecked: guest.memoryChecker ?? true, where };
  }

  /** Brings the guest up as its kernel would, for calls into a driver that has attached. Null: all went well. */
  boot(): Ending {
    this.#ran = true;
    return boot(this.bench).ending;
  }

  /**
   * Calls one function of the guest, with the host there. A text or bytes become a pointer to a copy in the guest; a
   * text gets its NUL.
   * @throws VmtbenchError `guest.symbol` for a name that the object does not have.
   */
  call(target: string | bigint, ...args: readonly (number | bigint | string | Uint8Array)[]): CallResult {
    const words = args.map((arg) => {
      if (typeof arg === 'number' || typeof arg === 'bigint') return BigInt(arg);
      return this.guest.place(typeof arg === 'string' ? Buffer.from(`${arg}\0`) : arg);
    });
    return this.bench.call(target, words);
  }

  /** Frees the processor. What `run` gave stays good. */
  close(): void {
    this.bench.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #startTrace(object: ObjectFile): void {
    const { kernel, events, faults, seed } = planOf(this.bench, runOptionsOf(this.#scenario));
    const sha256 = createHash('sha256').update(object.reader.bytes).digest('hex');
    const writer = new TraceWriter((bytes) => this.#chunks.push(bytes), {
      object: { name: object.name, sha256, machine: object.machine },
      kernel,
      host: { ...this.host.options },
      events: [...events],
      faults: [...faults],
      seed,
    });
    this.bench.trace = { recorder: new TraceRecorder(writer, () => this.bench.now), writer };
  }
}

/**
 * Opens a bench around a compiled guest.
 * @throws VmtbenchError for an object, kernel, option, event or fault that cannot be used.
 */
export function openBench(options: OpenBenchOptions): OpenBench {
  return new OpenBench(options);
}

/** The scenario's keys alone; unknown ones stay, to be refused. */
function inputOf(options: OpenBenchOptions): ScenarioInput {
  const { object, scenario, guest, invariants, trace, ...input } = options;
  return input;
}

function objectOf(object: OpenBenchOptions['object']): ObjectFile {
  if (typeof object === 'string') return readObject(object).object;
  return object instanceof Uint8Array ? parseObject(object, 'guest.o') : object;
}
