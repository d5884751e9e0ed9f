/** Guest, host and plan together: one execution. */

export { advance, boot } from './advance.ts';
export { Bench, type BenchOptions, type BenchState } from './bench.ts';
export { type Ending, explained } from './ending.ts';
export { type FindingSource, toFinding } from './finding-source.ts';
export { FRAME_CALLS, LAST_CALLS } from './frame-calls.ts';
export { isPossible } from './guest-events.ts';
export { type IdleState, identityOf, idleStateOf } from './idle-state.ts';
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
export { codeAround, Notes } from './notes.ts';
export { connect, processorOf } from './platform.ts';
export { commandLine, invariantFlags, planFlags, repeatRun, shellQuote } from './repeat.ts';
export { planOf, type RunOptions, type RunReport, run, untriggered } from './run.ts';
export { type MissedSite, mergedSites, type SitesReport, sitesReport } from './site-coverage.ts';
