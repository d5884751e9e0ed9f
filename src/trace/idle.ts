import type { ConversationLine } from './conversation.ts';
import { plural, seconds } from './text.ts';

type Subject = { readonly subject: string; readonly channel: number };

interface Idle extends Subject {
  readonly from: number;
  until: number;
  sends: number;
  polls: number;
}

/** Collects empty sends and polls without a message, which a guest makes by the thousand, into one line a channel. */
export class IdlePolls {
  readonly #channels = new Map<number, Idle>();

  note({ subject, channel }: Subject, ns: number, kind: 'sends' | 'polls'): void {
    let idle = this.#channels.get(channel);
    if (idle === undefined) {
      idle = { subject, channel, from: ns, until: ns, sends: 0, polls: 0 };
      this.#channels.set(channel, idle);
    }
    idle.until = ns;
    idle[kind] += 1;
  }

  /** Returns the collected lines and clears them. */
  flush(): ConversationLine[] {
    if (this.#channels.size === 0) return [];
    // The map keeps the order of insertion: channels are sorted by the start of their idle time.
    const lines = [...this.#channels.values()].map((idle): ConversationLine => {
      const { from, subject, channel } = idle;
      return { ns: from, kind: 'idle', subject, channel, text: tell(idle) };
    });
    this.#channels.clear();
    return lines;
  }
}

function tell({ sends, polls, until }: Idle): string {
  if (sends + polls === 1) return sends === 1 ? '> empty' : '< no message';
  const parts: string[] = [];
  if (sends > 0) parts.push(plural(sends, 'empty send'));
  if (polls > 0) parts.push(`${plural(polls, 'poll')} without a message`);
  return `idle: ${parts.join(', ')}, until ${seconds(until).trim()}`;
}
