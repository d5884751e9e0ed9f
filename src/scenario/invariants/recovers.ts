import type { KernelName } from '../../guest/index.ts';
import type { HostHappening, HostOptions } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import type { Verdict } from '../finding.ts';
import { formatSeconds } from '../time.ts';
import type { Invariant, RunEnd } from './invariant.ts';

/** Virtual time that a guest has to recover, and how recent its last poll must be. */
const GRACE = 30e9;
const RECENT = 5e9;

/**
 * 30 virtual seconds after the last disturbance the guest polls an unbroken TCLO channel, at least once in the last
 * 5 s, has answered the pings that the session sent, and is refused no more. A run that ends sooner is undecided, and
 * a host without message channels asks for none. Nor is a Linux module asked that never opens one: there it is a
 * process that owns the channel.
 */
export function recovers({ personality }: Pick<HostOptions, 'personality'>, kernel: KernelName): Invariant {
  /** When the last disturbance struck, or ended where it lasts a set time. */
  let disturbed = 0;
  let polled: number | null = null;
  let refused: AccessFact | null = null;
  let last: bigint | null = null;
  /** Pings posted and not answered, by channel. */
  const pings = new Map<number, number>();
  return {
    access(fact: AccessFact): void {
      const { at, call, outcome, fault } = fact;
      if (fault !== null) disturbed = Math.max(disturbed, at + (fault.kind === 'stall' ? (fault.for ?? RECENT) : 0));
      if (call?.protocol !== 'tclo') return;
      last = fact.pc;
      if (outcome === 'refused') refused = fact;
      else if (call.step === 'recvsize' && outcome === 'ok') polled = at;
    },
    happening({ at, kind, channel = -1, text }: HostHappening): void {
      if (kind === 'event') disturbed = Math.max(disturbed, at);
      else if (kind === 'post' && text === 'ping') pings.set(channel, at);
      else if (kind === 'reply' || kind === 'close' || kind === 'broken') pings.delete(channel);
    },
    judge({ at, early }: RunEnd): Verdict[] {
      if (personality !== 'vmware' || early || at - disturbed < GRACE) return [];
      if (kernel === 'linux' && last === null) return [];
      const what =
        stale(polled, at) ??
        ([...pings.values()].some((posted) => at - posted > RECENT)
          ? 'A ping that the host sent was never answered.'
          : null) ??
        (refused !== null && refused.at > disturbed + GRACE
          ? `The host still refuses it: ${refused.call?.step} at ${formatSeconds(refused.at)}s answered eax=ecx=0.`
          : null);
      if (what === null) return [];
      return [
        {
          kind: 'invariant',
          invariant: 'recovers',
          title: 'the guest never recovers its TCLO channel',
          explanation: `${what} The last disturbance was at ${formatSeconds(disturbed)}s, the run ended at ${formatSeconds(at)}s; a guest has 30 s to close the channel and open it anew.`,
          address: last,
          stack: [],
        },
      ];
    },
  };
}

function stale(polled: number | null, now: number): string | null {
  if (polled === null) return 'No TCLO channel was ever polled.';
  if (now - polled <= RECENT) return null;
  return `The last poll of a working TCLO channel was at ${formatSeconds(polled)}s: the host can no longer tell the guest anything.`;
}
