import { type IdleState, identityOf } from '../bench/index.ts';
import type { RunSegment, VisitedState } from './execution.ts';
import type { Hosts } from './variants.ts';

/** The most segments to keep. They take some hundred megabytes. */
const MOST_SEGMENTS = 150_000;

/**
 * The states that executions have visited, with the segments that followed each. Two executions in one state go on in
 * the same way, so a known segment replaces an executed one.
 */
export class VisitedStates {
  readonly #hosts: Hosts;
  readonly #most: number;
  readonly #states = new Map<string, VisitedState>();
  #segments = 0;

  /** @param most the number of segments to keep. */
  constructor(hosts: Hosts, most: number = MOST_SEGMENTS) {
    this.#hosts = hosts;
    this.#most = most;
  }

  at(idleState: IdleState): VisitedState {
    const identity = identityOf(idleState);
    const known = this.#states.get(identity);
    if (known !== undefined) return known;
    const visited: VisitedState = { known: [] };
    if (this.#segments < this.#most) this.#states.set(identity, visited);
    return visited;
  }

  /** Keeps all of the executed segments or none: an execution that meets the first can follow it to the end. */
  remember(host: number, executed: readonly (readonly [from: VisitedState, segment: RunSegment])[]): void {
    if (this.#segments + executed.length > this.#most) return;
    for (const [from, segment] of executed) from.known.push({ host, segment });
    this.#segments += executed.length;
  }

  /** The segments from a state to the end of the execution at a host. Null if one of them is not known. */
  restFrom(from: VisitedState, host: number): RunSegment[] | null {
    const rest: RunSegment[] = [];
    for (let state: VisitedState | null = from; state !== null; state = (rest.at(-1) as RunSegment).next) {
      const known = state.known.find(({ host: other, segment }) => this.#hosts.alike(other, host, segment.optionsRead));
      if (known === undefined) return null;
      rest.push(known.segment);
    }
    return rest;
  }
}
