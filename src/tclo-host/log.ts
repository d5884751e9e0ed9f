import { channel } from 'node:diagnostics_channel';
import type { StateCell, States } from '../state.ts';
import type { HostEvent } from './host-event.ts';

/** Name of the `node:diagnostics_channel` on which every host publishes its events. */
export const HOST_CHANNEL = 'vmtbench:host';

/** Published on {@link HOST_CHANNEL}. A listener may read `host.report` and `host.log`, nothing else of the host. */
export const hostChannel: ReturnType<typeof channel> = channel(HOST_CHANNEL);

/** Lines kept; of more the newest. */
export const LOG_LIMIT = 4096;
const MOST_CHARACTERS = 4096;
const NANOSECONDS_A_MILLISECOND = 1_000_000;

/** A line of the host's log before it is text: virtual nanoseconds and the message. */
export type LogEntry = readonly [at: number, text: string];

/** What VMware would write to vmware.log. Lines become text only when read. */
export class HostLog {
  readonly state: StateCell<LogEntry[]>;
  readonly #epoch: number;

  /** @param epochSeconds wall clock at virtual time 0. */
  constructor(epochSeconds: number, states: States) {
    this.#epoch = epochSeconds * 1000;
    this.state = states.cell<LogEntry[]>('log', []);
  }

  add({ at, text }: HostEvent): void {
    const entries = this.state.change;
    if (entries.length >= 2 * LOG_LIMIT) entries.splice(0, LOG_LIMIT);
    entries.push([at, text.slice(0, MOST_CHARACTERS)]);
  }

  /** Lines such as `2024-01-25T00:00:05.040Z| vcpu-0| I005: GuestMsg: Channel 0, Protocol error, state: 0`. */
  get lines(): string[] {
    return this.state.now.map(([at, text]) => {
      const time = new Date(this.#epoch + Math.floor(at / NANOSECONDS_A_MILLISECOND));
      return `${time.toISOString()}| vcpu-0| I005: ${text.replaceAll(/\p{Cc}/gu, '.')}`;
    });
  }
}
