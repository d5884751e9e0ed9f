/**
 * One whole life of the driver through the whole stack of the library, from a snapshot taken after its attach, judged
 * as every run is.
 */
import { readFileSync } from 'node:fs';
import { advance, Bench, boot, Judges, parseObject, Recorder, replayFacts } from 'vmtbench';
import { writeImage } from './driver-image.ts';

const SECONDS = 60;

export interface DriverRun {
  /** Goes back to the snapshot and lets the driver live, `n` times: nanoseconds a time. */
  readonly measure: (n: number) => number;
  /** What one such life comes to: every side must print the same, or they were not compared at the same work. */
  readonly work: string;
}

/** @param image where to leave the guest for the counterparts; null: nowhere. */
export function createDriverRun(path: string, image: string | null, checked = true): DriverRun {
  const bench = new Bench({ object: parseObject(readFileSync(path), path), guest: { memoryChecker: checked } });
  const recorder = new Recorder();
  bench.watchers.push(recorder);
  if (boot(bench).over) throw new Error('the driver did not attach');
  bench.watchers.pop();
  const attach = recorder.take();
  const until = Math.ceil(bench.now) + SECONDS * 1e9;
  if (image !== null) writeImage(bench.guest, until, image);
  const start = bench.snapshot();
  const again = (): void => {
    bench.restore(start);
    const judges = new Judges(bench);
    replayFacts(attach, judges);
    bench.watchers.push(judges);
    let idleState = advance(bench, until);
    while (!idleState.over) idleState = advance(bench, until);
    bench.watchers.pop();
    const { verdicts } = judges.judge(idleState.ending, { at: bench.now, blocks: bench.guest.heap.live });
    if (verdicts.length > 0) throw new Error(`the driver has a finding: ${verdicts[0]?.title}`);
  };
  const reported: string[] = [];
  bench.watchers.push({
    hostEvent: ({ kind, text }) => {
      if (kind === 'rpci' || kind === 'reply') reported.push(`${kind} ${text}`);
    },
    console: ({ text }) => reported.push(`console ${text}`),
  });
  again();
  bench.watchers.pop();
  const accesses = bench.ports.accesses - start.accesses;
  const measure = (n: number): number => {
    const began = performance.now();
    for (let i = 0; i < n; i++) again();
    return ((performance.now() - began) * 1e6) / n;
  };
  return { measure, work: [`accesses ${accesses}`, ...reported].join('\n') };
}
