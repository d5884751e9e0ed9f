/** What happens when, and what a run is judged by. */
export type { AccessFact } from './access.ts';
export { Bench, type BenchOptions, type BenchState } from './bench.ts';
export { type PlannedEvent, parseEvent, type When } from './event.ts';
export { type PlannedFault, parseFault } from './fault.ts';
export type { Finding, InvariantName, Plan, Verdict } from './finding.ts';
export { type FindingSource, toFinding } from './finding-source.ts';
export { AccessHistory } from './history.ts';
export { identityOf } from './identity.ts';
export { verdictOf } from './judge.ts';
export { Judges } from './judges.ts';
export { boot, type Ending, liveOn } from './life.ts';
export { codeAround, Notes } from './notes.ts';
export { connect, processorOf } from './platform.ts';
export { commandLine, planFlags, repeatRun, shellQuote } from './repeat.ts';
export { idle, type RunOptions, type RunReport, run } from './run.ts';
export { formatSeconds, parseTime } from './time.ts';
export { type Fact, Recorder, retell, type Watcher } from './watcher.ts';
