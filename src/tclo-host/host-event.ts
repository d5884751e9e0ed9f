/**
 * `log`: a line of the log. `open`, `close`, `broken`: of a channel. `rpci`: a whole request of the guest arrived.
 * `post`: the host offers a TCLO request. `fetched`: RECVSTATUS acknowledged a TCLO request, or the answer to the RPCI
 * request in the text. `dropped`: the same is gone unfetched, withdrawn or thrown away. `reply`: the guest sent
 * something on TCLO. `event`: an event of the plan, or an action of the host's own.
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
 * An event inside the host. `log` lines read like vmware.log where the wording is publicly known; the other kinds are
 * facts for observers of a run.
 */
export interface HostEvent {
  /** Virtual time, in nanoseconds. */
  readonly at: number;
  readonly kind: HostEventKind;
  readonly channel?: number;
  readonly text: string;
  /** The request that a `reply` answers; absent without one. A channel has one request at a time. */
  readonly request?: string;
}

/** The services that the parts of the host share: one clock and one nullable listener. */
export interface HostServices {
  /** Virtual time of the current action, in nanoseconds. */
  time(): number;
  notify(kind: HostEventKind, text: string, channel?: number, request?: string): void;
}
