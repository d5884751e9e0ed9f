/**
 * Checks a guest: every fault at every port access, each execution judged by every rule. `check` does all of it in this
 * thread. The parts are here for those who need worker threads of their own: a `Subject` says what to execute, an
 * `Executor` performs test cases, a `WorkerPool` spreads them over threads, and `explore` plans them. It must not know
 * a command line or a terminal.
 */
export { EVIDENCE, type Evidence } from '../tclo-host/index.ts';
export {
  type CampaignOptions,
  type CampaignReport,
  explore,
  type Progress,
} from './campaign.ts';
export { type Cause, causesOfExecution, type JudgedExecution } from './cause/index.ts';
export { type CheckOptions, check, USUAL_BUDGET } from './check.ts';
export { Executor, type TestOutcome } from './executor.ts';
export type { InjectionKind } from './injection-kinds.ts';
export { faultLine, preemptionLine } from './injections.ts';
export { parseBaseline } from './report/baseline.ts';
export { type CheckCause, ruleOf } from './report/causes.ts';
export {
  type CauseChange,
  type Change,
  type Compared,
  causeChanges,
  changesBetween,
  type Found,
  newFindings,
  newnessOf,
} from './report/changes.ts';
export type { CheckFinding } from './report/finding.ts';
export { junitOf } from './report/junit.ts';
export { sarifOf } from './report/sarif.ts';
export { causesOfRun, type GuestBenchOptions, type RunCause } from './shrink/causes.ts';
export { ddmin } from './shrink/ddmin.ts';
export { type ShrinkOptions, type ShrunkRun, shrink } from './shrink/shrink.ts';
export { Stepper } from './stepper.ts';
export { type ReportContext, type Subject, type SubjectRequest, subjectOf, usualScenario } from './subject.ts';
export type { InjectionSite, PlannedInjection, TestCase } from './test-case.ts';
export { hostVariants } from './variants.ts';
export { type NamedViolation, violationsOf } from './violations.ts';
export { serveTestCases, singleWorker, threadPool, type WorkerPool } from './worker-pool.ts';
