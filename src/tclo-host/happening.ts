/**
 * Something that happened inside the host. `log` lines read like vmware.log where the wording is publicly known;
 * the other kinds are facts for whoever watches a run.
 */
export interface HostHappening {
  /** Virtual time, in nanoseconds. */
  readonly at: number;
  readonly kind: 'log' | 'open' | 'close' | 'broken' | 'rpci' | 'post' | 'reply' | 'event';
  readonly channel?: number;
  readonly text: string;
}

/** What the parts of the host tell and ask: one clock and one nullable listener. */
export interface Surroundings {
  /** Virtual time of what is being done, in nanoseconds. */
  time(): number;
  tell(kind: HostHappening['kind'], text: string, channel?: number): void;
}
