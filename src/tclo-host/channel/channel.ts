import { type Protocol, plainBytes } from '../../protocol/index.ts';
import type { TcloState } from '../tclo/state.ts';

/** How the bytes of the transfer under way travel; a message goes one way or the other, never by both. */
export type Bandwidth = 'low' | 'high' | null;

/** Numbers in the log's "Protocol error, state: N". ASSUMED: only 0, idle, is known from a real log. */
export type TransferState = 0 | 1 | 2 | 3;

/** Everything of a channel but its methods: what a snapshot keeps. */
export interface ChannelState {
  id: number;
  protocol: Protocol;
  /** Whether the guest asked for cookies (GUESTMSG_FLAG_COOKIE); without, none are compared. iPXE leaves garbage. */
  checked: boolean;
  cookieHigh: number;
  cookieLow: number;
  /** Refuses everything until CLOSE. */
  broken: boolean;
  /** The next payload step answers the checkpoint status, once. */
  checkpointPending: boolean;
  /** Until this time, in nanoseconds, RECVSIZE tells of no message. */
  stalledUntil: number;
  /** Bytes that the guest announced by SENDSIZE; -1 when it announced none. */
  incomingSize: number;
  incoming: Uint8Array | null;
  incomingAt: number;
  /** The message posted to the guest. Never written to after it was posted. */
  outgoing: Uint8Array | null;
  outgoingAt: number;
  /** The guest has asked for the size of `outgoing`, so its bytes may be fetched. */
  sized: boolean;
  /** RECVSIZE lied by fault: a receive fills whatever was asked. */
  oversize: boolean;
  bandwidth: Bandwidth;
  /** Text of the RPCI request last sent. */
  command: string | null;
  /** TCLO only. */
  tclo: TcloState | null;
}

/** One message channel: two buffers and the place in each. */
export class Channel implements ChannelState {
  readonly id: number;
  readonly protocol: Protocol;
  readonly checked: boolean;
  readonly cookieHigh: number;
  readonly cookieLow: number;
  broken = false;
  checkpointPending = false;
  stalledUntil = 0;
  incomingSize = -1;
  incoming: Uint8Array | null = null;
  incomingAt = 0;
  outgoing: Uint8Array | null = null;
  outgoingAt = 0;
  sized = false;
  oversize = false;
  bandwidth: Bandwidth = null;
  command: string | null = null;
  tclo: TcloState | null = null;

  constructor(id: number, protocol: Protocol, checked: boolean, cookieHigh: number, cookieLow: number) {
    this.id = id;
    this.protocol = protocol;
    this.checked = checked;
    this.cookieHigh = cookieHigh;
    this.cookieLow = cookieLow;
  }

  /** SENDSIZE: a transfer from the guest starts, whatever was under way before. */
  announce(size: number): void {
    this.incomingSize = size;
    this.incoming = null;
    this.incomingAt = 0;
    this.sized = false;
    this.bandwidth = null;
  }

  /** Takes bytes at the place reached. True when the announced size is now complete. */
  take(bytes: Uint8Array): boolean {
    if (this.incomingAt === 0 && bytes.length === this.incomingSize) {
      this.incoming = new Uint8Array(bytes);
    } else {
      this.incoming ??= new Uint8Array(this.incomingSize);
      this.incoming.set(bytes, this.incomingAt);
    }
    this.incomingAt += bytes.length;
    return this.incomingAt === this.incomingSize;
  }

  /** The incoming message, which is thereby over. */
  takeIncoming(): Uint8Array {
    const bytes = this.incoming ?? new Uint8Array(0);
    const end = this.incomingAt;
    this.dropIncoming();
    return end === bytes.length ? bytes : bytes.subarray(0, end);
  }

  dropIncoming(): void {
    this.incomingSize = -1;
    this.incoming = null;
    this.incomingAt = 0;
  }

  /** Puts a message up for the guest, in the place of one it has not fetched. */
  post(bytes: Uint8Array): void {
    this.outgoing = bytes;
    this.outgoingAt = 0;
    this.sized = false;
    this.oversize = false;
  }

  /** RECVSIZE: the message is offered from its first byte, and again until RECVSTATUS. */
  offer(): void {
    this.outgoingAt = 0;
    this.sized = true;
    this.oversize = false;
    this.bandwidth = null;
  }

  dropOutgoing(): void {
    this.outgoing = null;
    this.outgoingAt = 0;
    this.sized = false;
    this.oversize = false;
  }

  /** A checkpoint struck: what the guest had sent in part is lost, what it was fetching starts again. */
  rewind(): void {
    this.checkpointPending = false;
    this.dropIncoming();
    this.outgoingAt = 0;
    this.bandwidth = null;
  }

  /** From now on everything but CLOSE is refused. */
  break(): void {
    this.broken = true;
    this.checkpointPending = false;
    this.dropIncoming();
    this.dropOutgoing();
  }

  /** Whether a message is half transferred, or posted and unread: what a checkpoint hits. */
  get underWay(): boolean {
    return this.incomingSize > 0 || this.outgoing !== null;
  }

  get transferState(): TransferState {
    if (this.incomingSize > 0) return 1;
    if (this.outgoing === null) return 0;
    return this.sized ? 3 : 2;
  }

  save(): ChannelState {
    const tclo = this.tclo === null ? null : { ...this.tclo, queue: this.tclo.queue.slice() };
    return { ...this, incoming: this.incoming === null ? null : new Uint8Array(this.incoming), tclo };
  }

  static load(state: ChannelState): Channel {
    const channel = new Channel(state.id, state.protocol, state.checked, state.cookieHigh, state.cookieLow);
    const tclo = state.tclo === null ? null : { ...state.tclo, queue: state.tclo.queue.slice() };
    const incoming = state.incoming === null ? null : new Uint8Array(state.incoming);
    const outgoing = state.outgoing === null ? null : plainBytes(state.outgoing);
    return Object.assign(channel, state, { incoming, outgoing, tclo });
  }
}
