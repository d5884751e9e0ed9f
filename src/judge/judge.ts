import type { ExecutionEnd, ExecutionFrame } from './execution.ts';
import type { Verdict } from './finding.ts';

/**
 * The verdict on an execution that ended early; null where the guest was shut down or stopped.
 * @param describe writes a stack frame for people.
 */
export function verdictOf(outcome: ExecutionEnd, describe: (frame: ExecutionFrame) => string): Verdict | null {
  const site = outcome.stack[0]?.site ?? outcome.pc;
  const calls = outcome.stack.slice(1).map((frame) => frame.site + 1n);
  const where = { address: outcome.pc, site, calls, stack: outcome.stack.map(describe) };
  switch (outcome.kind) {
    case 'fault':
      return {
        kind: 'fault',
        title: outcome.fault.message,
        explanation: 'The processor could not go on: on a real machine the kernel panics here.',
        ...where,
      };
    case 'hang':
      return {
        kind: 'hang',
        invariant: 'hang',
        title: 'the guest does not return',
        explanation: 'The call used up its budget of code blocks: the guest loops and never yields the processor.',
        ...where,
      };
    case 'missingSymbol':
      return {
        kind: 'missingSymbol',
        title: `missing symbol ${outcome.symbol}`,
        explanation: explainMissing(outcome.symbol, outcome.use),
        ...where,
      };
    case 'panic':
      return {
        kind: 'invariant',
        invariant: 'noPanic',
        title: outcome.message,
        explanation: 'The guest stopped itself.',
        ...where,
      };
    case 'excess':
      return {
        kind: 'hang',
        invariant: 'hang',
        title: outcome.message,
        explanation: 'A run keeps no more than that of one guest. It ends here.',
        ...where,
      };
    case 'memory':
      return {
        kind: 'memory',
        invariant: 'memorySafe',
        title: outcome.message,
        explanation: outcome.detail ?? 'The guest misused its heap.',
        ...where,
      };
    case 'halted':
    case 'notAttached':
    case 'stopped':
      return null;
  }
}

function explainMissing(symbol: string, use: 'call' | 'data'): string {
  const [what, stub] =
    use === 'call'
      ? ['The guest called', `${symbol}=0, or by what it should return`]
      : ['The guest touched', `${symbol}=buf:64, or by the bytes that it should hold`];
  const missing = 'which neither the object nor the modelled kernel defines';
  return `${what} ${symbol}, ${missing}. Define it with --stub ${stub}; --lenient does so for all such symbols.`;
}
