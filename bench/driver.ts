/**
 * One run of the driver through the whole stack of the library, from a snapshot taken after its attach, judged as
 * every run is.
 */
import { readFileSync } from 'node:fs';
import { advance, Bench, boot, codeOfSites, ExecutedSites, Judges, parseObject, Recorder, replayFacts } from 'vmtbench';
import { writeImage } from './driver-image.ts';

const SECONDS = 60;

export interface DriverRun {
  /** Restores the snapshot and runs the driver, `n` times: nanoseconds a run. */
  readonly measure: (n: number) => number;
  /** The work of one run: every side must print the same, or the comparison is unfair. */
  readonly work: string;
}

/** @param image where to store the guest for the counterparts; null: nowhere. */
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
  const attached = bench.ports.accesses;
  const again = (): void => {
    bench.restore(start);
    const judges = new Judges(bench);
    const sites = new ExecutedSites();
    replayFacts(attach, judges);
    bench.watchers.push(judges, sites);
    let idleState = advance(bench, until);
    while (!idleState.over) idleState = advance(bench, until);
    bench.watchers.splice(-2);
    const code = () => codeOfSites(bench.guest, sites.all);
    const { verdicts } = judges.judge(idleState.ending, { at: bench.now, blocks: bench.guest.heap.live, code });
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
  const accesses = bench.ports.accesses - attached;
  const measure = (n: number): number => {
    const began = performance.now();
    for (let i = 0; i < n; i++) again();
    return ((performance.now() - began) * 1e6) / n;
  };
  return { measure, work: [`accesses ${accesses}`, ...reported].join('\n') };
}
