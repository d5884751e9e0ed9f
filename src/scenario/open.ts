import { Bench, boot, type Ending, planOf, type RunReport, run, startTrace } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { CallResult, Guest, GuestOptions } from '../guest/index.ts';
import type { InvariantChoice } from '../judge/index.ts';
import type { ObjectFile } from '../object/index.ts';
import type { VmwareHost } from '../tclo-host/index.ts';
import { defineScenario } from './file/parse.ts';
import {
  benchOptionsOf,
  mergeScenarios,
  NO_SCENARIO,
  runOptionsOf,
  type Scenario,
  type ScenarioInput,
} from './file/scenario.ts';
import { objectOf } from './input.ts';
import { type TranscriptLine, transcriptOf } from './transcript.ts';

/** The guest, and the keys of a scenario, all optional. */
export interface OpenBenchOptions extends ScenarioInput {
  /** Path of the guest's object, its bytes, or what `parseObject` gave. */
  readonly object: string | Uint8Array | ObjectFile;
  /** The scenario that the keys above extend: from `loadScenario`, `parseScenario` or `defineScenario`. */
  readonly scenario?: Scenario;
  /** Stubs for functions and data, and how the guest was built; kernel and machine are keys of the scenario. */
  readonly guest?: Omit<GuestOptions, 'kernel' | 'machine'>;
  /** Rules beyond those of every run, by name or of your own. */
  readonly invariants?: readonly InvariantChoice[];
  /** False keeps no trace, for runs of many virtual hours: `trace` and `talk` are empty then. */
  readonly trace?: boolean;
}

/** What a run leaves besides its report. */
interface RunTranscript {
  readonly talk: readonly TranscriptLine[];
  /** As `--trace` stores it. */
  readonly trace: Uint8Array;
  /** False where the memory checker was off. */
  readonly memoryChecked: boolean;
  /** Names an address for people: `vmt_tclo_tick+0x1f (vmt_tclo.c:123)`. */
  readonly where: (address: bigint) => string;
}

/** What a run came to, with what was said in it. Plain data: the bench may be closed. */
export type RunResult = RunReport & RunTranscript;

/** The name that {@link RunResult} had first. */
export type Life = RunResult;

/** Bytes of a trace that are kept in memory, some 75 hours of a healthy driver; what comes later is not in it. */
const MOST_TRACE = 64 << 20;

/** A bench that is ready: run it once, or call functions of the guest. */
export class OpenBench {
  /** The bench behind it: memory, clock, schedule, snapshots. */
  readonly bench: Bench;
  readonly #options: OpenBenchOptions;
  readonly #scenario: Scenario;
  readonly #chunks: Uint8Array[] = [];
  #traced = 0;
  #ran = false;

  constructor(options: OpenBenchOptions) {
    this.#options = options;
    this.#scenario = mergeScenarios(options.scenario ?? NO_SCENARIO, defineScenario(inputOf(options)));
    const object = objectOf(options.object);
    const benchOptions = benchOptionsOf(this.#scenario);
    this.bench = new Bench({ object, ...benchOptions, guest: { ...options.guest, ...benchOptions.guest } });
    this.#trace(object.reader.bytes, this.#scenario);
  }

  /** Begins the trace, or begins it anew: its header has the time that the guest is to run. */
  #trace(object: Uint8Array, scenario: Scenario): void {
    const { trace = true, invariants = [] } = this.#options;
    if (!trace) return;
    const plan = planOf(this.bench, runOptionsOf(scenario));
    const rules = invariants.filter((choice) => typeof choice === 'string');
    this.#chunks.length = 0;
    this.#traced = 0;
    startTrace(this.bench, (bytes) => this.#store(bytes), object, plan, { invariants: rules });
  }

  get guest(): Guest {
    return this.bench.guest;
  }

  get host(): VmwareHost {
    return this.bench.host;
  }

  /** The trace so far, as `--trace` stores it. */
  get trace(): Uint8Array {
    this.bench.trace?.writer.flush();
    return new Uint8Array(Buffer.concat(this.#chunks));
  }

  /** The conversation of guest and host so far. */
  get talk(): readonly TranscriptLine[] {
    const { trace } = this;
    return trace.length === 0 ? [] : transcriptOf(trace);
  }

  /**
   * Boots the guest, runs it for the scenario's time, and judges it.
   * @param duration another time than the scenario's, such as `10m`.
   * @throws VmtbenchError `bench.ran` the second time: a bench runs its guest once.
   */
  run(duration?: string): RunResult {
    if (this.#ran) throw new VmtbenchError('bench.ran', 'the bench has run', 'Open another one for another run.');
    this.#ran = true;
    const { invariants = [], guest = {} } = this.#options;
    const scenario = duration === undefined ? this.#scenario : { ...this.#scenario, for: duration };
    if (duration !== undefined && this.bench.trace?.writer.records === 0) {
      this.#trace(this.guest.object.reader.bytes, scenario);
    }
    const report = run(this.bench, { ...runOptionsOf(scenario), invariants });
    this.bench.trace?.writer.end(report.outcome, this.bench.now);
    const { trace, talk } = this;
    const where = (address: bigint): string => this.bench.where(address);
    const cut = this.#traced > MOST_TRACE ? [`the trace in memory ends after ${MOST_TRACE} bytes: see --trace`] : [];
    const notes = [...report.notes, ...cut];
    return { ...report, notes, talk, trace, memoryChecked: guest.memoryChecker ?? true, where };
  }

  #store(bytes: Uint8Array): void {
    this.#traced += bytes.length;
    if (this.#traced <= MOST_TRACE) this.#chunks.push(bytes);
  }

  /** Boots the guest as its kernel would, for calls into a driver that has attached. Null: it booted. */
  boot(): Ending {
    this.#ran = true;
    return boot(this.bench).ending;
  }

  /**
   * Calls one function of the guest, with the host running. A text or bytes become a pointer to a copy in the guest; a
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

  /** Frees the processor. Results of `run` stay valid. */
  close(): void {
    this.bench.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens a bench around a compiled guest.
 * @throws VmtbenchError for an object, kernel, option, event or fault that cannot be used.
 */
export function openBench(options: OpenBenchOptions): OpenBench {
  return new OpenBench(options);
}

/** The scenario's keys alone. Unknown ones stay: the schema refuses them. */
function inputOf(options: OpenBenchOptions): ScenarioInput {
  const { object, scenario, guest, invariants, trace, ...input } = options;
  return input;
}
