import type { AccessFact, Invariant } from '../../../src/judge/index.ts';
import type { MessageStep, Protocol } from '../../../src/protocol/index.ts';
import type { HostEvent } from '../../../src/tclo-host/index.ts';

/** Facts by hand, for what no driver at hand does. Times are virtual seconds. */

export const happens = (
  at: number,
  kind: HostEvent['kind'],
  channel: number,
  text = '',
  request?: string,
): HostEvent => ({ at: at * 1e9, kind, channel, text, ...(request === undefined ? {} : { request }) });

export const access = (
  at: number,
  protocol: Protocol,
  step: MessageStep,
  channel: number,
  more: Partial<AccessFact> & { readonly text?: string } = {},
): AccessFact => {
  const { text = null, ...rest } = more;
  const call = { protocol, step, channel: step === 'open' ? null : channel, command: text };
  return {
    at: at * 1e9,
    pc: 0x1000n,
    calls: [],
    port: 0x5658,
    command: 0x1e,
    call,
    outcome: 'ok',
    fault: null,
    violation: null,
    answer: null,
    ...rest,
  };
};

/** The titles of what the rule finds at the end, and whether it is undecided. */
export function judged(rule: Invariant, facts: readonly (AccessFact | HostEvent)[], at: number): string[] {
  rule.booted?.(true, []);
  for (const fact of facts) {
    if ('kind' in fact) rule.hostEvent?.(fact);
    else rule.access?.(fact);
  }
  const { verdicts, undecided } = rule.judge({ at: at * 1e9, early: false, halted: false, blocks: [] });
  return [...verdicts.map(({ title }) => title), ...(undecided === undefined ? [] : [undecided])];
}
