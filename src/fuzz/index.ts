/**
 * Fuzzing: a guest executed many times, each time with what an input says a hostile host does, guided by what the guest
 * executed. It must not know a command line or a terminal.
 */
export { Corpus, type CorpusEntry, writeWhole } from './corpus.ts';
export { dictionaryOf } from './dictionary.ts';
export { AFL_MAP_SIZE, attachAfl, serveAfl } from './engine/afl.ts';
export { BlindInputs } from './engine/blind.ts';
export { type FuzzAddon, findAfl, fuzzAddon, hasFuzzAddon, missingSetup, SETUP_COMMAND } from './engine/native.ts';
export { COUNTERS, Feedback } from './feedback.ts';
export { type FuzzCounts, Fuzzer, type FuzzerOptions, type FuzzFinding, type InputResult, minimise } from './fuzzer.ts';
export { decodePlan } from './input/decode.ts';
export { encodePlan } from './input/encode.ts';
export { FORMAT } from './input/places.ts';
export { type FuzzPlan, HEALTHY, type PlannedAnswer, type PlannedMoment } from './input/plan.ts';
export { recordsOf } from './input/records.ts';
export { type Judged, judgePlan } from './judge.ts';
export { CodeProgress, type FuzzMessage, type FuzzProgress, progressOf } from './progress.ts';
export { replayCorpus } from './replay-corpus.ts';
export { type SavedFinding, saveFinding } from './save-finding.ts';
export { scenarioText } from './scenario-text.ts';
export { firstSeeds } from './seeds.ts';
export { type Execution, FuzzTarget } from './target.ts';
export { transcribe } from './transcribe.ts';
