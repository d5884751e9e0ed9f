import type { Ending } from '../bench/index.ts';
import type { Allocation } from '../guest/index.ts';
import type { AccessFact, Fact } from '../judge/index.ts';
import type { HostOptions } from '../tclo-host/index.ts';

/** Host options that the host read. At a host that differs only in other options the guest sees the same. */
export type OptionsRead = readonly (keyof HostOptions)[];

/** The guest at the end of a segment. */
export interface EndState {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** Live blocks of the guest's heap. */
  readonly blocks: readonly Allocation[];
}

/** One execution of the guest from power-on to its end, as a recorder saw it. */
export interface Execution {
  /** In order. Executions share these arrays. */
  readonly pieces: readonly (readonly Fact[])[];
  readonly ending: Ending;
  readonly end: EndState;
  /** How many of the planned injections the guest met. */
  readonly injected: number;
  /** The numbers of the accesses that a fault hit after its first one. */
  readonly repeated: readonly number[];
  readonly optionsRead: OptionsRead;
  /** True if a part of it, from the last injection on, was executed for another test case. */
  readonly shared: boolean;
}

/** What the guest does from one idle moment to the next. */
export interface RunSegment {
  readonly facts: readonly Fact[];
  /** The execution ends with this segment. */
  readonly over: boolean;
  readonly ending: Ending;
  readonly end: EndState;
  readonly optionsRead: OptionsRead;
  /** The state at its end. Null at the end of the execution, or if nothing looked the state up. */
  next: VisitedState | null;
}

/** A state at an idle moment, and the segments that were executed from it, at one host or several. */
export interface VisitedState {
  readonly known: { readonly host: number; readonly segment: RunSegment }[];
}

/** Joins segments to one execution. */
export function executionOf(
  segments: readonly RunSegment[],
  injected: number,
  shared: boolean,
  repeated: readonly number[] = [],
): Execution {
  const { ending, end } = segments.at(-1) as RunSegment;
  const optionsRead = new Set<keyof HostOptions>();
  for (const segment of segments) for (const option of segment.optionsRead) optionsRead.add(option);
  const pieces = segments.map(({ facts }) => facts);
  return { pieces, ending, end, injected, repeated, optionsRead: [...optionsRead], shared };
}

/** The port accesses among facts, in order. */
export function accessesOf(pieces: readonly (readonly Fact[])[]): AccessFact[] {
  const accesses: AccessFact[] = [];
  for (const facts of pieces) for (const fact of facts) if (fact[0] === 'access') accesses.push(fact[1]);
  return accesses;
}
