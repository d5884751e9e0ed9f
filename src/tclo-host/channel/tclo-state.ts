/** One message that waits to be posted on TCLO. */
export interface TcloRequest {
  readonly text: string;
  /** Asked for by a host event: it survives the loss of its channel. The session's own messages come anew instead. */
  readonly event: boolean;
}

/** Where the session of one TCLO channel stands. Times are virtual nanoseconds, `Infinity` when nothing is due. */
export interface TcloState {
  /** Which TCLO channel this is since power-on; the newest serves. */
  serial: number;
  /** Name that the guest registered by "OK ATR name". */
  app: string | null;
  /** The guest has sent its first message (or the option says not to wait for it). */
  asked: boolean;
  /** The reset that opens the session has been queued. */
  resetQueued: boolean;
  /** The reset was answered: other messages may be posted. */
  greeted: boolean;
  /** Queued, first to be posted first. */
  queue: TcloRequest[];
  /** Offered to the guest and not fetched yet. */
  posted: TcloRequest | null;
  /** Fetched and not answered yet: at most one. */
  outstanding: TcloRequest | null;
  /** When the message posted or outstanding times out. */
  replyDue: number;
  /** When a rejected reply breaks the channel. */
  breakDue: number;
  /** When the next ping is posted. */
  pingDue: number;
  /** A glitch is armed: which send is refused before a "reset" is posted. */
  refuseNext: 'none' | 'any' | 'empty';
}

export const newTcloState = (serial: number): TcloState => ({
  serial,
  app: null,
  asked: false,
  resetQueued: false,
  greeted: false,
  queue: [],
  posted: null,
  outstanding: null,
  replyDue: Number.POSITIVE_INFINITY,
  breakDue: Number.POSITIVE_INFINITY,
  pingDue: Number.POSITIVE_INFINITY,
  refuseNext: 'none',
});
