/**
 * One execution: a guest, the host it talks to, and the plan of what happens. It must not know a file, a command line
 * or a second execution.
 */

export { advance, boot } from './advance.ts';
export { Bench, type BenchObserver, type BenchOptions, type BenchState } from './bench.ts';
export { refuseIdle } from './bootable.ts';
export { CodeCoverage } from './code-coverage.ts';
export { ContractCheck } from './contract.ts';
export { type Ending, explained } from './ending.ts';
export { type FindingSource, toFinding, type VerdictPlace, verdictPlace } from './finding-source.ts';
export { FRAME_CALLS, LAST_CALLS } from './frame-calls.ts';
export { isPossible } from './guest-events.ts';
export { type IdleState, identityOf, idleStateOf } from './idle-state.ts';
export type { Injector } from './injector.ts';
export { type HostInput, type InputCase, InputCoverage } from './input-coverage.ts';
export { ETHERNET_ADDRESS, formatInterface, INTERFACE_NAME, parseInterface } from './interface.ts';
export { type Loop, laterFact, laterIn, loopBetween } from './loop.ts';
export {
  HOSTNAME,
  isTextFact,
  MACHINE_FACTS,
  type MachineDescription,
  type MachineFacts,
  parseMachineFact,
  type TextFact,
} from './machine.ts';
export { Notes } from './notes.ts';
export { connect, processorOf } from './platform.ts';
export { commandLine, invariantFlags, planFlags, repeatRun, shellQuote } from './repeat.ts';
export { type MadeAccess, Replay, type ReplayDifference, replayRun } from './replay.ts';
export {
  type CompletedRun,
  type FailedRun,
  type HaltedRun,
  planOf,
  type RunOptions,
  type RunReport,
  run,
  spentBudget,
  untriggered,
} from './run.ts';
export {
  codeOfSites,
  ExecutedSites,
  type MissedSite,
  type SitesReport,
  sitesReport,
  uncalledFunctions,
} from './site-coverage.ts';
export { sha256Of, startTrace, type TracedCommand } from './start-trace.ts';
