import { readFileSync } from 'node:fs';
import { type ObjectFile, parseObject } from '../../src/guest/index.ts';
import { Bench, type BenchOptions, type Finding, parseEvent, parseFault, run } from '../../src/scenario/index.ts';
import { FAULTS, type FaultKind, faultApplies, type HostOptions } from '../../src/tclo-host/index.ts';

/** Single faults, and pairs of them, at every access of a driver's first seconds. */

const UNFORGIVING = { resetAcrossReopen: 'drop', closeBroken: 'refuse', checkpointMode: 'strict' } as const;

/** The hosts that a driver has to survive. */
export const HOSTS: Readonly<Record<string, Partial<HostOptions>>> = {
  'as VMware': {},
  'that takes an unasked word for a fault': { ...UNFORGIVING, unsolicitedReply: 'glitch' },
  'that breaks the channel for an unasked word': { ...UNFORGIVING, unsolicitedReply: 'break' },
  'without high bandwidth': { highBandwidth: false },
  'that counts the NUL': { messageNul: true, firstPost: 'atOpen' },
};

/** A suspend with its checkpoint is part of every run: state changes are what a guest must not lose. */
const EVENTS = ['at=5s suspend'].map(parseEvent);
/** Faults strike until then. */
const STRUCK_UNTIL = 12e9;
/** A suspend that is never reported ends after 32 s; 30 s later the guest is judged. */
const UNTIL = 72e9;

export interface Disturbed {
  readonly findings: readonly Finding[];
  /** Every fault struck. */
  readonly struck: boolean;
}

export function disturb(
  driver: string,
  host: BenchOptions['host'],
  faults: readonly string[],
  seed: number,
): Disturbed {
  const bench = openBench(driver, host, faults, seed);
  try {
    const { findings, notes } = run(bench, { until: UNTIL, invariants: ['noLeak', 'noLostEvent'] });
    const there = !notes.some((note) => note.includes('did not attach'));
    return { findings: there ? findings : findings.filter(leaks), struck: bench.plan.idle.length === 0 };
  } finally {
    bench.close();
  }
}

/** A guest that was told that there is no VMware has nothing to recover. */
const leaks = ({ invariant }: Finding): boolean => invariant !== 'recovers';

const objects = new Map<string, ObjectFile>();

/** Read once: all runs of an object share what is known of it. */
function objectOf(driver: string): ObjectFile {
  const known = objects.get(driver) ?? parseObject(readFileSync(`fixtures/kernels/${driver}.o`), driver);
  objects.set(driver, known);
  return known;
}

function openBench(driver: string, host: BenchOptions['host'], faults: readonly string[], seed: number): Bench {
  return new Bench({
    object: objectOf(driver),
    host: host ?? {},
    events: EVENTS,
    faults: faults.map(parseFault),
    seed,
  });
}

/** Every fault that can strike: of each kind one for every access at which it means something. */
export function everyFault(driver: string, host: BenchOptions['host']): string[] {
  const kinds = Object.keys(FAULTS) as FaultKind[];
  const counts = new Map(kinds.map((kind) => [kind, 0]));
  const bench = openBench(driver, host, [], 0);
  bench.watchers.push({
    access({ at, call }): void {
      if (at > STRUCK_UNTIL) return;
      for (const [kind, count] of counts) if (faultApplies(kind, call?.step ?? null)) counts.set(kind, count + 1);
    },
  });
  try {
    run(bench, { until: STRUCK_UNTIL });
  } finally {
    bench.close();
  }
  return [...counts].flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => `port.any nth=${index + 1} ${kind}`),
  );
}

/** What is wrong with a run, a line each, and how to have it again. */
export function complaints(
  driver: string,
  host: string,
  faults: readonly string[],
  findings: readonly Finding[],
): string[] {
  return findings.map(
    ({ title, explanation }) => `${driver}, host ${host}, ${faults.join(' + ')}: ${title}. ${explanation}`,
  );
}
