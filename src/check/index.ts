/** Every fault at every access: systematic exploration of what a guest does when its host fails it. */
export { parseBaseline } from './baseline.ts';
export { type CampaignOptions, type CampaignReport, type CheckFinding, explore, type Progress } from './campaign.ts';
export { type Change, changesBetween, type Found, newFindings } from './changes.ts';
export { Executor, type Subject } from './executor.ts';
export { junitOf } from './junit.ts';
export { sarifOf } from './sarif.ts';
export { hostVariants } from './variants.ts';
export { serveTestCases, singleWorker, threadPool, type WorkerPool } from './worker-pool.ts';
