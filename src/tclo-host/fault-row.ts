import type { MessageStep, OutputRegister } from '../protocol/index.ts';
import type { Random } from '../random.ts';
import type { Channel } from './channel/channel.ts';

/** The end of a fault that has none. */
export const FOR_EVER: number = Number.MAX_SAFE_INTEGER;

/**
 * One disturbance of one call. Numbers: `by` and `size` in bytes, `for` in virtual nanoseconds. `until`: it is one of a
 * lasting fault, which hits every such call until then (virtual nanoseconds); the call itself does not depend on it.
 */
export type HostFault = SingleFault & { readonly until?: number };

type SingleFault =
  | { readonly kind: 'refuse' | 'checkpoint' | 'closed' | 'timeout' | 'poweroff' | 'unsent' | 'noHighBandwidth' }
  | { readonly kind: 'truncate' | 'corrupt' | 'garbageRegisters' | 'break' }
  | { readonly kind: 'wrongLength'; readonly by?: number }
  | { readonly kind: 'oversize'; readonly size?: number }
  | { readonly kind: 'stall'; readonly for?: number }
  | ({ readonly kind: 'registers'; readonly does?: HostDoes; readonly for?: number } & Readonly<
      Partial<Record<OutputRegister, number>>
    >)
  | { readonly kind: 'payload'; readonly hex?: string; readonly take?: number }
  | { readonly kind: 'message'; readonly hex?: string };

/** What the host does at a call whose answer is chosen register by register. */
export type HostDoes = 'call' | 'nothing' | 'free' | 'break' | 'withdraw' | 'interrupt' | 'hide' | 'fill';

export type FaultKind = HostFault['kind'];

/** What a status fault may do to the channel that it hits. */
export interface ChannelKeeper {
  free(channel: Channel): void;
  break(channel: Channel, why: string): void;
  /** A checkpoint comes with a call on it. */
  interrupt(channel: Channel): void;
  /** The message posted, or half sent, is gone. */
  withdraw(channel: Channel): void;
}

/** One kind of fault: where it applies, and what it does. Exactly one row a kind; a new kind is a new row. */
export interface FaultRow {
  /** The message steps that it can hit. */
  readonly steps: readonly MessageStep[];
  /** Whether it can also hit a command that is no message call. */
  readonly anyCommand?: true;
  readonly guestSees: string;
  readonly hostAfter: string;
  /** The row's own keys, with their defaults. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** The answer in place of the call, which the host then does not make. */
  readonly status?: number;
  /** The effect on the channel: when `status` is the answer, or before the host makes the call. */
  readonly effect?: (channel: Channel, keeper: ChannelKeeper, fault: ActiveFault) => void;
  /** The size that RECVSIZE reports, from the true one. */
  readonly size?: (size: number, parameter: number) => number;
  /** A receive keeps up RECVSIZE's false size: it fills whatever the guest asks for. */
  readonly fills?: true;
  /**
   * The bytes that arrive, from those that left: of four bytes in low bandwidth, of a whole transfer in high bandwidth.
   * Never more than it got, and its argument stays as it is.
   */
  readonly payload?: (bytes: Uint8Array, fault: Pick<ActiveFault, 'random' | 'bytes' | 'parameter'>) => Uint8Array;
  /** The host offers no HB bit, and port 0x5659 refuses. */
  readonly hidesHighBandwidth?: true;
  /** Seeded bits overwrite every output register. */
  readonly garbage?: true;
  /** Output registers hold the values that the fault names for them, such as `ebx`. */
  readonly registers?: true;
  /** It has bytes of its own, the key `hex`. */
  readonly bytes?: true;
  /** RECVSIZE offers the fault's bytes in place of the message. */
  readonly posts?: true;
  /** An answer without a name of its own, for a fuzzer and for plans: `check` does not inject it. */
  readonly unnamed?: true;
}

/** A fault during one call. */
export interface ActiveFault {
  readonly row: FaultRow;
  /** The value of the row's one parameter; 0 when it has none. */
  readonly parameter: number;
  /** Of `hex`; empty where it has none. */
  readonly bytes: Uint8Array;
  /** Of a row with `registers`: the values by name. */
  readonly values: Readonly<Partial<Record<OutputRegister, number>>>;
  readonly random: Random;
  readonly now: number;
}
