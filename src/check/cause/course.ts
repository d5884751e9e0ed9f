import type { AccessFact, Fact } from '../../judge/index.ts';
import type { Protocol } from '../../protocol/index.ts';

/** A port access of an execution, with what the host made of it. */
export interface Step {
  readonly fact: AccessFact;
  /** Of the channel, which the host may have closed by then; null: it is no message, or of no channel. */
  readonly protocol: Protocol | null;
  /** The host broke the channel there. */
  readonly broke: boolean;
  /** The channel that the host opened there. */
  readonly opened: number | null;
  /** The answer that the guest sent with it, where nothing asked for one. */
  readonly unasked: string | null;
}

/** One execution as the search for its causes sees it. */
export interface Course {
  readonly steps: readonly Step[];
  /** How many of the steps bring the guest up. */
  readonly boot: number;
  /** The driver attached. */
  readonly alive: boolean;
  /** Virtual nanoseconds. */
  readonly end: number;
}

/** @param end virtual nanoseconds. */
export function courseOf(pieces: readonly (readonly Fact[])[], end: number): Course {
  const steps: Step[] = [];
  const protocols = new Protocols();
  let boot: number | null = null;
  let alive = false;
  let broke = false;
  let opened: number | null = null;
  let unasked: string | null = null;
  for (const facts of pieces) {
    for (const fact of facts) {
      if (fact[0] === 'access') {
        steps.push({ fact: fact[1], protocol: protocols.of(fact[1]), broke, opened, unasked });
        broke = false;
        opened = null;
        unasked = null;
      } else if (fact[0] === 'booted') {
        boot ??= steps.length;
        alive ||= fact[1];
      } else if (fact[0] === 'hostEvent') {
        const { kind, channel = null, request, text } = fact[1];
        // The host reports before the access is over.
        if (kind === 'broken') broke = true;
        else if (kind === 'open') opened = channel;
        else if (kind === 'reply' && request === undefined) unasked = text;
      }
    }
  }
  return { steps, boot: boot ?? steps.length, alive, end };
}

/** Whether a step of a message did not go as the guest meant it. */
export const failed = ({ call, outcome, fault }: AccessFact): boolean =>
  call !== null && (outcome !== 'ok' || fault !== null);

/** Whether a step is of TCLO. */
export const isTclo = ({ protocol }: Step): boolean => protocol === 'tclo';

/** What channels are used for. A step on one that the host does not know is of what the same code used one for before. */
class Protocols {
  /** What the guest has not closed of a number, the latest last: the host may give it out again before. */
  readonly #byChannel = new Map<number, Protocol[]>();
  /** By call path and instruction. */
  readonly #byPlace = new Map<readonly bigint[], Map<bigint, Protocol>>();

  of({ call, pc, calls, outcome }: AccessFact): Protocol | null {
    if (call === null) return null;
    const places = this.#byPlace.get(calls) ?? new Map<bigint, Protocol>();
    if (call.protocol !== null) {
      if (places.size === 0) this.#byPlace.set(calls, places);
      places.set(pc, call.protocol);
      if (call.channel !== null) this.#use(call.channel, call.protocol, call.step === 'close' && outcome === 'ok');
      return call.protocol;
    }
    return places.get(pc) ?? (call.channel === null ? null : this.#byChannel.get(call.channel)?.at(-1)) ?? null;
  }

  #use(channel: number, protocol: Protocol, closes: boolean): void {
    const others = (this.#byChannel.get(channel) ?? []).filter((other) => other !== protocol);
    this.#byChannel.set(channel, closes ? others : [...others, protocol]);
  }
}

/** Whether two steps are on one channel, or on two that had the same number. */
export const sameChannel = (one: Step, other: Step): boolean =>
  one.protocol === other.protocol && channelOf(one) !== null && channelOf(one) === channelOf(other);

const channelOf = ({ fact, opened }: Step): number | null => opened ?? fact.call?.channel ?? null;

/** The first step of the use that a channel is in at a step: its OPEN, where the host granted it. */
export function useOf(steps: readonly Step[], index: number): number {
  const step = steps[index] as Step;
  const open = steps.findLastIndex((other, at) => at <= index && other.opened !== null && sameChannel(other, step));
  return Math.max(open, 0);
}
