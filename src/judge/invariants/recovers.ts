import {
  formatSeconds,
  GUEST_EVENTS,
  type GuestEventName,
  isGuestEvent,
  type PreemptionPoint,
} from '../../plan/index.ts';
import { FOR_EVER, type HostEvent } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { Verdict } from '../finding.ts';
import { RecentAccesses } from '../history.ts';
import { hiddenFor } from './effects.ts';
import type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';
import { askedOf, askedUnder, excused } from './ruling.ts';

/** Virtual time that a guest has to recover, and how recent its last poll must be. */
export const GRACE = 30e9;
const RECENT = 5e9;

/** What the run has shown so far. */
interface Seen {
  /** When the last disturbance came, or ended where it lasts a set time. */
  disturbed: number;
  /** The last poll that an unbroken channel answered. */
  polled: number | null;
  refused: AccessFact | null;
  /** The accesses up to the last refused one of a TCLO channel, or else up to the last one of any. */
  evidence: readonly AccessFact[];
  /** Messages posted and not answered, by channel. */
  readonly posted: Map<number, { readonly at: number; readonly text: string }>;
}

/**
 * 30 virtual seconds after the last disturbance the guest polls an unbroken TCLO channel, at least once in the last
 * 5 s, has answered what the session sent, pings too, and the host refuses no call of it. A shorter run is undecided.
 * The rule does not apply to a host without message channels, to a guest whose probe a fault hit, and to a Linux module
 * that never opens a channel: there a process owns it.
 */
export function recovers(context: RunContext): Invariant {
  const seen: Seen = { disturbed: 0, polled: null, refused: null, evidence: [], posted: new Map() };
  const recent = new RecentAccesses();
  let onTclo = false;
  let used = false;
  let opened = false;
  let probeFaulted = false;
  /** Nothing was injected, and the driver did not attach: `attaches` says so. */
  let unattached = false;
  return {
    booted(alive: boolean): void {
      unattached = !alive && seen.disturbed === 0 && askedOf('attaches', context.host);
    },
    access(fact: AccessFact): void {
      const { at, call, outcome, fault } = fact;
      if (call?.step === 'open') opened = true;
      if (fault !== null && excused('recovers', fact, opened)) probeFaulted = true;
      if (fault !== null) {
        seen.disturbed = Math.max(seen.disturbed, at + hiddenFor(fault), fault.until ?? 0);
      }
      const wasOnTclo = onTclo;
      onTclo = call?.protocol === 'tclo';
      // The host refused nothing so far, and this is the first access behind the last one on TCLO.
      if (wasOnTclo && !onTclo && seen.refused === null) seen.evidence = recent.facts;
      recent.access(fact);
      if (call === null || !onTclo) return;
      used = true;
      if (outcome === 'refused') {
        seen.refused = fact;
        seen.evidence = recent.facts;
      } else if (call.step === 'recvsize' && outcome === 'ok') seen.polled = at;
    },
    preempted({ at, due }: PreemptionPoint): void {
      // The host took so long to answer.
      if (due > at) seen.disturbed = Math.max(seen.disturbed, due);
    },
    hostEvent({ at, kind, channel = -1, text }: HostEvent): void {
      if (kind === 'event' && !isOrdinary(text)) seen.disturbed = Math.max(seen.disturbed, at);
      else if (kind === 'post') seen.posted.set(channel, { at, text });
      else if (kind === 'reply' || kind === 'close' || kind === 'broken') seen.posted.delete(channel);
    },
    judge({ at, early }: RunEnd): Judgement {
      if (!askedUnder('recovers', 'personality', context.host) || probeFaulted || unattached || early)
        return { verdicts: [] };
      if (!context.kernelFacts.driversKeepTclo && !used) return { verdicts: [] };
      if (at - seen.disturbed < GRACE) return undecided(seen.disturbed);
      const what = failure(seen, at);
      if (onTclo && seen.refused === null) seen.evidence = recent.facts;
      return { verdicts: what === null ? [] : [verdict(what, seen, at)] };
    },
  };
}

/** Whether an event leaves nothing to recover from. @param text its name first */
function isOrdinary(text: string): boolean {
  const [name = ''] = text.split(' ');
  return isGuestEvent({ name }) && GUEST_EVENTS[name as GuestEventName].ordinary === true;
}

/** A run without a disturbance needs no note: there is nothing to recover from. */
function undecided(disturbed: number): Judgement {
  if (disturbed === 0) return { verdicts: [] };
  if (disturbed === FOR_EVER) return { verdicts: [], undecided: 'recovers is undecided: a fault never ends' };
  const [triggered, needed] = [disturbed, disturbed + GRACE].map((ns) => `${formatSeconds(ns)}s`);
  return {
    verdicts: [],
    undecided: `recovers is undecided: the last disturbance was at ${triggered}, run until ${needed} at least`,
  };
}

function failure({ disturbed, polled, refused, posted }: Seen, now: number): string | null {
  if (polled === null) return 'No TCLO channel was ever polled.';
  if (now - polled > RECENT) {
    return `The last poll of a working TCLO channel was at ${formatSeconds(polled)}s: the host can no longer reach the guest.`;
  }
  const waiting = [...posted.values()].find(({ at }) => now - at > RECENT);
  if (waiting !== undefined)
    return `The guest never answered "${waiting.text}", which the host posted at ${formatSeconds(waiting.at)}s.`;
  if (refused === null || refused.at <= disturbed + GRACE) return null;
  return `The host still refuses its calls: ${refused.call?.step} at ${formatSeconds(refused.at)}s answered eax=ecx=0.`;
}

function verdict(what: string, { disturbed, evidence }: Seen, now: number): Verdict {
  const times = `The last disturbance was at ${formatSeconds(disturbed)}s, the run ended at ${formatSeconds(now)}s`;
  return {
    kind: 'invariant',
    invariant: 'recovers',
    title: 'the guest never recovers its TCLO channel',
    explanation: `${what} ${times}; a guest has 30 s to close the channel and open it anew.`,
    address: null,
    stack: [],
    ...(evidence.length === 0 ? {} : { accesses: evidence }),
  };
}
