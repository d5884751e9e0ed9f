/** Entries kept of each list; of longer ones the newest. */
const MOST_ENTRIES = 4096;
/** Characters kept of each entry. */
const MOST_CHARACTERS = 4096;

/** What a run tells of the host at its end: the `host` object of the command line's JSON. */
export interface HostReport {
  readonly tcloOpens: number;
  readonly rpciOpens: number;
  readonly channelsOpen: number;
  /** Text of every RPCI request, as sent, up to its first NUL. */
  readonly rpciCommands: readonly string[];
  /** Text of every TCLO message from the guest that was not empty, asked for or not. */
  readonly tcloReplies: readonly string[];
}

/** Adds to a list that a guest can make grow for ever, and keeps it bounded. */
export function record(list: string[], text: string): void {
  if (list.length >= 2 * MOST_ENTRIES) list.splice(0, MOST_ENTRIES);
  list.push(text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text);
}
