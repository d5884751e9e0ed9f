import type { HostEvent } from '../../tclo-host/index.ts';
import type { AccessFact } from '../access.ts';
import { Deliveries } from './deliveries.ts';
import type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';
import { verdictsOf } from './loss.ts';
import { askedUnder } from './ruling.ts';
import { StateChanges } from './state-changes.ts';

/**
 * Each TCLO request gets exactly one answer, and each state change is reported, and the answer to the report received.
 * What the table in `asked.ts` excuses is not asked; nor is anything of an attach that failed, which `recovers` tells.
 */
export function noLostEvent(context: RunContext): Invariant {
  const { host } = context;
  const asked = askedUnder('noLostEvent', 'personality', host) && askedUnder('noLostEvent', 'maxChannels', host);
  const changes = new StateChanges(context);
  const deliveries = new Deliveries(context, changes);
  let dead = false;
  return {
    access(fact: AccessFact): void {
      deliveries.access(fact);
      changes.access(fact);
    },
    hostEvent(hostEvent: HostEvent): void {
      deliveries.hostEvent(hostEvent);
      changes.hostEvent(hostEvent);
    },
    booted(alive: boolean): void {
      dead = !alive;
    },
    judge(end: RunEnd): Judgement {
      if (!asked || dead || (end.early && !end.halted)) return { verdicts: [] };
      const parts = [changes.judge(end), deliveries.judge(end)];
      const verdicts = verdictsOf(parts.flatMap(({ lost }) => lost));
      const [open] = parts.flatMap(({ undecided }) => undecided ?? []);
      return open === undefined ? { verdicts } : { verdicts, undecided: `noLostEvent is undecided: ${open}` };
    },
  };
}
