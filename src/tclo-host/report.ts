/** Entries kept of each list; of longer ones the newest. */
const MOST_ENTRIES = 4096;
/** Characters kept of each entry. */
const MOST_CHARACTERS = 4096;

/** The report on the host at the end of a run: the `host` object of the command line's JSON. */
export interface HostReport {
  readonly tcloOpens: number;
  readonly rpciOpens: number;
  readonly channelsOpen: number;
  /** Text of every RPCI request, as sent, up to its first NUL. */
  readonly rpciCommands: readonly string[];
  /** Text of every TCLO message from the guest that was not empty, with or without a request. */
  readonly tcloReplies: readonly string[];
}

/** Adds to a list, and keeps it bounded: a guest could make it grow for ever. */
export function record(list: string[], text: string): void {
  if (list.length >= 2 * MOST_ENTRIES) list.splice(0, MOST_ENTRIES);
  list.push(text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text);
}
