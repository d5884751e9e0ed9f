/** A worker thread of `vmtbench check`: reads the same flags and performs the batches that it receives. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveTestCases } from '../check/index.ts';
import { type CheckFlags, openSubject } from './check-subject.ts';

const { path, flags } = workerData as { readonly path: string; readonly flags: CheckFlags };
if (parentPort !== null) serveTestCases(openSubject(path, flags), parentPort);
