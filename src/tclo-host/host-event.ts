/**
 * `log`: a line of the log. `open`, `close`, `broken`: of a channel. `rpci`: a whole request of the guest's arrived.
 * `post`: a TCLO request is offered. `fetched`: RECVSTATUS acknowledged a TCLO request, or the answer to the RPCI
 * request that the text tells. `dropped`: the same is gone unfetched, withdrawn or thrown away. `reply`: the guest sent
 * something on TCLO. `event`: an event of the plan, or what the host does by itself.
 */
export type HostEventKind =
  | 'log'
  | 'open'
  | 'close'
  | 'broken'
  | 'rpci'
  | 'post'
  | 'fetched'
  | 'dropped'
  | 'reply'
  | 'event';

/**
 * Something that happened inside the host. `log` lines read like vmware.log where the wording is publicly known;
 * the other kinds are facts for whoever watches a run.
 */
export interface HostEvent {
  /** Virtual time, in nanoseconds. */
  readonly at: number;
  readonly kind: HostEventKind;
  readonly channel?: number;
  readonly text: string;
  /** The request that a `reply` answers; absent where nothing was asked. One request is on its way on a channel. */
  readonly request?: string;
}

/** What the parts of the host tell and ask: one clock and one nullable listener. */
export interface HostServices {
  /** Virtual time of what is being done, in nanoseconds. */
  time(): number;
  notify(kind: HostEventKind, text: string, channel?: number, request?: string): void;
}
