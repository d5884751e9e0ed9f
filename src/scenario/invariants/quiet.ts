import type { ConsoleLine } from '../../guest/index.ts';
import type { Verdict } from '../finding.ts';
import type { Invariant } from './invariant.ts';

const MINUTE = 60e9;
const MOST = 10;

/** No console line repeats more than 10 times a minute. */
export function quiet(): Invariant {
  /** When each line last came, the newest last; as many as the rule needs. */
  const seen = new Map<string, number[]>();
  const loud = new Map<string, number>();
  return {
    console({ at, text }: ConsoleLine): void {
      const times = seen.get(text) ?? [];
      if (times.length === 0) seen.set(text, times);
      times.push(at);
      if (loud.has(text)) loud.set(text, (loud.get(text) as number) + 1);
      if (times.length <= MOST) return;
      if (at - (times.shift() as number) < MINUTE && !loud.has(text)) loud.set(text, times.length + 1);
    },
    judge(): Verdict[] {
      if (loud.size === 0) return [];
      const lines = [...loud].map(([text, count]) => `${count} times "${text}"`);
      return [
        {
          kind: 'invariant',
          invariant: 'quiet',
          title: `the guest floods its console: ${lines[0]}`,
          explanation: `No line may come more than ${MOST} times a minute; here came ${lines.join(', ')}.`,
          address: null,
          stack: [],
        },
      ];
    },
  };
}
