/** What happens when, and what a run is judged by. */
export type { AccessFact } from './access.ts';
export { Bench, type BenchOptions, type BenchState } from './bench.ts';
export { type PlannedEvent, parseEvent, type When } from './event.ts';
export { type Expectation, parseExpectation } from './expect/expectation.ts';
export { type PlannedFault, parseFault } from './fault.ts';
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
export type { Budget, Finding, InvariantName, Plan, Verdict } from './finding.ts';
export { type FindingSource, toFinding } from './finding-source.ts';
export { GUEST_EVENTS, type GuestEvent } from './guest-events.ts';
export { AccessHistory } from './history.ts';
export { identityOf, type Moment, momentOf } from './identity.ts';
export { readInput, readObject } from './input.ts';
export { formatInterface, parseInterface } from './interface.ts';
export {
  checkInvariant,
  chosenInvariants,
  FAULT_RULINGS,
  type FaultRuling,
  INVARIANTS,
  type Invariant,
  type InvariantChoice,
  type InvariantFactory,
  type InvariantRow,
  type Judgement,
  OPTION_RULINGS,
  type OptionRuling,
  optionRulingOf,
  type Place,
  type RunContext,
  type RunEnd,
  rulingOf,
} from './invariants/index.ts';
export { verdictOf } from './judge.ts';
export { Judges } from './judges.ts';
export { boot, type Ending, liveOn } from './life.ts';
export { type Loop, laterFact, laterIn, loopBetween } from './loop.ts';
export { HOSTNAME, MACHINE_FACTS, type MachineDescription, type MachineFacts, parseMachineFact } from './machine.ts';
export { codeAround, Notes } from './notes.ts';
export { type Life, OpenBench, type OpenBenchOptions, openBench } from './open.ts';
export { connect, processorOf } from './platform.ts';
export { type PlannedPreemption, parsePreemption } from './preemption.ts';
export type { Opening } from './preemption-plan.ts';
export { commandLine, invariantFlags, planFlags, repeatRun, shellQuote } from './repeat.ts';
export { idle, planOf, type RunOptions, type RunReport, run } from './run.ts';
export type { TalkLine } from './talk.ts';
export { formatSeconds, parseTime } from './time.ts';
export { type Fact, Recorder, retell, type Watcher } from './watcher.ts';
