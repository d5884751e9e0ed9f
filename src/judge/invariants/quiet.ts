import type { AccessFact } from '../access.ts';
import type { PrintedLine } from '../execution.ts';
import type { Invariant, Judgement, RunContext } from './invariant.ts';

const MINUTE = 60e9;
const MOST = 10;
/** Lines that the report names. */
const SHOWN = 8;

/** No console line repeats more than 10 times a minute. */
export function quiet(context: RunContext): Invariant {
  /** When each line last came, the newest last; as many as the rule needs. */
  const seen = new Map<string, number[]>();
  /** How often each line came that broke the rule. */
  const loud = new Map<string, number>();
  let accesses: readonly AccessFact[] = [];
  return {
    console({ at, text }: PrintedLine): void {
      const count = loud.get(text);
      if (count !== undefined) {
        loud.set(text, count + 1);
        return;
      }
      const times = seen.get(text) ?? [];
      if (times.length === 0) seen.set(text, times);
      times.push(at);
      if (times.length <= MOST || at - (times.shift() as number) >= MINUTE) return;
      if (loud.size === 0) accesses = context.lastAccesses();
      loud.set(text, MOST + 1);
    },
    judge(): Judgement {
      if (loud.size === 0) return { verdicts: [] };
      const lines = [...loud].slice(0, SHOWN).map(([text, count]) => `${count} times "${text}"`);
      if (loud.size > SHOWN) lines.push(`and ${loud.size - SHOWN} more lines as often`);
      return {
        verdicts: [
          {
            kind: 'invariant',
            invariant: 'quiet',
            title: `the guest floods its console: ${lines[0]}`,
            explanation: `The guest may print a line ${MOST} times a minute at most. It printed ${lines.join(', ')}.`,
            address: null,
            stack: [],
            accesses,
          },
        ],
      };
    },
  };
}
