import { Bench, Replay, refuseIdle, replayRun } from '../../src/bench/index.ts';
import { VmtbenchError } from '../../src/errors.ts';
import {
  benchOptionsOf,
  loadScenario,
  objectOf,
  openBench,
  readTrace,
  type Scenario,
  scenarioOfTrace,
  type WholeTrace,
} from '../../src/scenario/index.ts';

/** The trace of an object in a scenario, as a file would have it; null: the object has nothing that the scenario asks for. */
export function traceOf(object: string, scenario: Scenario): Uint8Array | null {
  try {
    const bench = openBench({ object, scenario });
    try {
      refuseIdle(bench.guest);
      return bench.run().trace;
    } finally {
      bench.close();
    }
  } catch (error) {
    if (error instanceof VmtbenchError && ['event.guest', 'event.text', 'run.kernel'].includes(error.code)) return null;
    throw error;
  }
}

/** Runs an object against the answers of a trace. The bench is closed. */
export function replay(trace: Uint8Array, object: string): Replay {
  const whole: WholeTrace = readTrace([trace], 'x.vmtrace');
  const bench = new Bench({ object: objectOf(object), ...benchOptionsOf(scenarioOfTrace(whole)) });
  const replayed = new Replay(bench, whole.records);
  replayRun(bench, replayed, whole.until);
  bench.close();
  return replayed;
}

/** A whole day is for the long tests: in the gate, its first hours. */
export const shortened = (name: string): Scenario => {
  const scenario = loadScenario(name);
  return name === 'a-day' ? { ...scenario, for: '3h' } : scenario;
};
