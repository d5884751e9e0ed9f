/** A thread of `vmtbench check`: reads the same flags again and performs what it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { serveTestCases } from '../check/index.ts';
import { type CheckFlags, openSubject } from './check-subject.ts';

const { path, flags } = workerData as { readonly path: string; readonly flags: CheckFlags };
if (parentPort !== null) serveTestCases(openSubject(path, flags), parentPort);
