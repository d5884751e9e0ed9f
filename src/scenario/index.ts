/**
 * Scenarios: their YAML, the shipped ones, and `openBench`. It must not know a command line, or how a guest is explored.
 */
export { loadScenario, shippedScenarios } from './file/load.ts';
export { defineScenario, parseScenario } from './file/parse.ts';
export {
  benchOptionsOf,
  mergeScenarios,
  NO_SCENARIO,
  runOptionsOf,
  type Scenario,
  type ScenarioInput,
  USUAL_DURATION,
} from './file/scenario.ts';
export { type JsonSchema, scenarioJsonSchema } from './file/schema.ts';
export { objectOf, readInput, readObject } from './input.ts';
export { type Life, OpenBench, type OpenBenchOptions, openBench, type RunResult } from './open.ts';
export { readTrace, scenarioOfTrace, type WholeTrace } from './traced.ts';
export type { TranscriptLine } from './transcript.ts';
