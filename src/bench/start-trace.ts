import { createHash } from 'node:crypto';
import type { GuestOptions } from '../guest/index.ts';
import type { Plan } from '../judge/index.ts';
import {
  type PlainData,
  type PlainMap,
  TraceRecorder,
  type TraceSetup,
  type TraceSink,
  TraceWriter,
} from '../trace/index.ts';
import type { Bench } from './bench.ts';
import { formatInterface } from './interface.ts';

/** By which a trace names its object. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What a bench does not know of its run. */
export interface TracedCommand {
  /** `run`, or `call`, the function and its arguments. */
  readonly command: readonly string[];
  /** The functions and data of the caller, in the words of `--stub`. */
  readonly stubs: readonly string[];
  /** Rules beyond those of every run, by name. */
  readonly invariants: readonly string[];
}

/**
 * Stores every access of a bench, and what happens in between, from now on. The header has all that repeats the run.
 * @param bytes of the object's file.
 */
export function startTrace(
  bench: Bench,
  sink: TraceSink,
  bytes: Uint8Array,
  plan: Plan,
  command: Partial<TracedCommand> = {},
): void {
  const { name, machine } = bench.guest.object;
  const { kernel, events, faults, preemptions, seed } = plan;
  const writer = new TraceWriter(sink, {
    object: { name, sha256: sha256Of(bytes), machine },
    kernel,
    host: { ...bench.host.options },
    events,
    faults,
    ...(preemptions === undefined ? {} : { preemptions }),
    seed,
    ...setupOf(bench, plan, command),
  });
  bench.trace = { recorder: new TraceRecorder(writer, () => bench.now), writer };
}

/** The guest as its options made it: those of the library go before the machine that the plan describes. */
function setupOf(
  bench: Bench,
  plan: Plan,
  { command = ['run'], stubs, invariants = [] }: Partial<TracedCommand>,
): TraceSetup {
  const { guest = {} } = bench.options;
  const { hostname, bootTime, interfaces } = guest;
  const more: PlainMap = {
    ...(hostname === undefined ? {} : { hostname }),
    ...(bootTime === undefined ? {} : { bootTime }),
  };
  return {
    command,
    for: plan.for,
    machine: { ...plan.machine, ...more },
    interfaces: interfaces?.map(formatInterface) ?? plan.interfaces ?? [],
    stubs: stubs ?? stubWords(guest),
    lenient: guest.lenient ?? false,
    regparm: guest.regparm ?? false,
    alternatives: guest.alternatives ?? true,
    memoryChecker: guest.memoryChecker ?? true,
    budget: { ...plan.budget },
    invariants,
    expect: plan.expect ?? [],
  };
}

/** A function of the caller's own has no words: its name says that the run had it. */
const stubWords = ({ stubs = new Map(), data = new Map() }: GuestOptions): PlainData[] => [
  ...[...stubs.keys()].map((name) => `${name}=?`),
  ...[...data].map(([name, bytes]) => `${name}=hex:${hexDigitsOf(bytes)}`),
];

const hexDigitsOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
