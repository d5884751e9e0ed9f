import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Bench, type BenchOptions, sha256Of } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { benchOptionsOf, readObject, type Scenario, scenarioOfTrace, type WholeTrace } from '../scenario/index.ts';
import type { TraceHeader } from '../trace/index.ts';
import type { BenchFlags } from './bench-options.ts';
import { parseStubs } from './stubs.ts';

/** The run of a trace, ready to be repeated. */
export interface TracedRun {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The object is the one that was traced, byte for byte. */
  readonly sameObject: boolean;
  readonly scenario: Scenario;
  readonly options: BenchOptions;
  /** The flags of a command line that make the same guest. */
  readonly flags: BenchFlags;
}

/**
 * @param path the object; without it the file of the traced name, here or beside the trace, if it is the same file.
 * @throws VmtbenchError `replay.object` where there is none, and for a header that cannot be used.
 */
export function openTracedRun(trace: string, whole: WholeTrace, path: string | undefined): TracedRun {
  const { header } = whole;
  const scenario = scenarioOfTrace(whole);
  const flags = flagsOf(header);
  const found = path ?? findObject(trace, header);
  const { object, bytes } = readObject(found);
  const options = benchOptionsOf(scenario);
  const guest = {
    ...options.guest,
    ...parseStubs(flags.stub ?? []),
    lenient: header.lenient ?? false,
    regparm: header.regparm ?? false,
    alternatives: header.alternatives ?? true,
    memoryChecker: header.memoryChecker ?? true,
  };
  const sameObject = sha256Of(bytes) === header.object.sha256;
  return { path: found, bytes, sameObject, scenario, options: { object, ...options, guest }, flags };
}

function findObject(trace: string, { object: { name, sha256 } }: TraceHeader): string {
  const file = basename(name);
  const places = [file, join(dirname(trace), file)].filter((place) => existsSync(place));
  const same = places.find((place) => sha256Of(readObject(place).bytes) === sha256);
  if (same !== undefined) return same;
  const what = places.length === 0 ? `${file} is neither here nor beside the trace` : `${places[0]} is another build`;
  throw new VmtbenchError('replay.object', `${what}`, 'Name the object after the trace.');
}

function flagsOf({ stubs = [], lenient, regparm, alternatives = true, memoryChecker = true }: TraceHeader): BenchFlags {
  const words = stubs.map(String);
  const unknown = words.find((word) => word.endsWith('=?'));
  if (unknown !== undefined) {
    const message = `the run had a function of its own: ${unknown.slice(0, -2)}`;
    throw new VmtbenchError('replay.stub', message, 'Run it again from the program that has that function.');
  }
  return {
    ...(words.length === 0 ? {} : { stub: words }),
    lenient: lenient ?? false,
    regparm: regparm ?? false,
    alternatives,
    memoryCheck: memoryChecker,
  };
}

/** A bench of that run. The caller closes it. */
export function benchOf({ options }: TracedRun, { header }: WholeTrace): Bench {
  const bench = new Bench(options);
  bench.accessBudget = Number(header.budget?.accesses ?? Number.POSITIVE_INFINITY);
  return bench;
}
