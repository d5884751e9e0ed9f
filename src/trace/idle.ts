import { plural, seconds } from './text.ts';

interface Idle {
  readonly label: string;
  readonly from: number;
  until: number;
  sends: number;
  polls: number;
}

/** Empty sends and polls that brought nothing, which a guest makes by the thousand: one line for as many as follow. */
export class IdlePolls {
  readonly #channels = new Map<number, Idle>();

  note(channel: number, label: string, ns: number, kind: 'sends' | 'polls'): void {
    let idle = this.#channels.get(channel);
    if (idle === undefined) {
      idle = { label, from: ns, until: ns, sends: 0, polls: 0 };
      this.#channels.set(channel, idle);
    }
    idle.until = ns;
    idle[kind] += 1;
  }

  /** The lines of what was noted, which is then forgotten. */
  flush(): string[] {
    if (this.#channels.size === 0) return [];
    // A channel is noted first when its idling begins: the order of the map is that of time.
    const lines = [...this.#channels.values()].map((idle) => `${seconds(idle.from)}  ${idle.label} ${tell(idle)}`);
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
