/**
 * Judges what a guest did: observers, invariants, expectations, findings. It must not know a processor, a
 * bench or a file.
 */
export type { AccessFact, Answer } from './access.ts';
export { evidenceOf } from './evidence.ts';
export type {
  AbiBreakFact,
  AnswerFate,
  CodeBreach,
  ExecutionEnd,
  ExecutionFacts,
  ExecutionFrame,
  HeapBlock,
  JudgedKernel,
  PrintedLine,
  SiteCode,
} from './execution.ts';
export { type Expectation, parseExpectation } from './expect/expectation.ts';
export type { Budget, Finding, InvariantName, Plan, Verdict } from './finding.ts';
export { AccessHistory, accessText, RecentAccesses } from './history.ts';
export { FAULT_RULINGS, type FaultRuling, type OptionRuling, type RulingPlace } from './invariants/asked.ts';
export { OPTION_RULINGS } from './invariants/asked-options.ts';
export { EFFECT_ROWS, EFFECTS, type Effect, type EffectRow, effectOf, effectOfKind } from './invariants/effects.ts';
export {
  checkInvariant,
  chosenInvariants,
  INVARIANTS,
  type InvariantChoice,
  type InvariantFactory,
  type InvariantRow,
  type JudgedKind,
} from './invariants/index.ts';
export type { Invariant, Judgement, RunContext, RunEnd } from './invariants/invariant.ts';
export { optionRulingOf, placeOf, rulingOf } from './invariants/ruling.ts';
export { verdictOf } from './judge.ts';
export { Judges } from './judges.ts';
export { type Fact, Recorder, replayFacts, type Watcher } from './watcher.ts';
