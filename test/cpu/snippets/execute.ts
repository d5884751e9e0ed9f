import type { Machine, MachineSnapshot, Stop } from '../../../src/cpu/index.ts';
import type { Snippet } from './generate.ts';
import { openMachine, setBases } from './machine.ts';
import { differencesOf, type Observation, observe } from './observe.ts';
import { PLACES } from './places.ts';

/** Work of a run: enough for loops and some port accesses, and a bound for endless ones. */
const WORK = 2000;

interface Bench {
  readonly machine: Machine;
  readonly pristine: MachineSnapshot;
}

/**
 * Runs snippets, each twice from the same start, and once more with a snapshot in its middle that it goes back to. One
 * machine a mode and setting, which goes back to its beginning before every run.
 */
export class Executor {
  readonly #benches = new Map<string, Bench>();

  /** What went wrong: nothing is the only right answer. A machine that did wrong is not used again. */
  execute(snippet: Snippet): string[] {
    const key = `${snippet.bits} ${snippet.setting}`;
    const bench = this.#benches.get(key) ?? open(snippet);
    this.#benches.set(key, bench);
    let found: string[];
    try {
      found = compareRuns(bench, snippet);
    } catch (error) {
      found = [`threw ${error instanceof Error ? error.stack : String(error)}`];
    }
    if (found.length > 0) this.#benches.delete(key);
    return found;
  }

  close(): void {
    for (const { machine } of this.#benches.values()) machine.close();
    this.#benches.clear();
  }
}

function open({ bits, setting }: Snippet): Bench {
  const machine = openMachine(bits, setting);
  return { machine, pristine: machine.snapshot() };
}

function prepare({ machine, pristine }: Bench, { code, registers }: Snippet): void {
  machine.restore(pristine);
  machine.write(BigInt(PLACES.code), code);
  for (const [name, value] of registers) machine.registers.set(name, value);
}

/** From the start to the stop; with segments, once more after their bases were set anew, as a kernel's calls do. */
function runOnce(bench: Bench, snippet: Snippet): Observation {
  prepare(bench, snippet);
  const { machine } = bench;
  const stops: Stop[] = [machine.run(BigInt(PLACES.code), { blocks: WORK })];
  if (snippet.setting === 'segment') {
    setBases(machine);
    stops.push(machine.run(BigInt(PLACES.code), { blocks: WORK }));
  }
  return observe(machine, stops);
}

/** What the rest of a run looks like, first from a snapshot in the middle on, then after going back to it. */
function runPaused(bench: Bench, snippet: Snippet): [Observation, Observation] {
  prepare(bench, snippet);
  const { machine } = bench;
  const first = machine.run(BigInt(PLACES.code), { blocks: snippet.pause });
  const middle = machine.snapshot();
  const finish = (): Observation => observe(machine, [first, machine.run(first.pc, { blocks: WORK })]);
  const before = finish();
  machine.restore(middle);
  return [before, finish()];
}

function compareRuns(bench: Bench, snippet: Snippet): string[] {
  const once = runOnce(bench, snippet);
  const again = differencesOf(once, runOnce(bench, snippet));
  if (again.length > 0) return again.map((text) => `run twice, ${text}`);
  return differencesOf(...runPaused(bench, snippet)).map((text) => `after a restore, ${text}`);
}
