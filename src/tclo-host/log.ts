import { channel } from 'node:diagnostics_channel';
import type { HostEvent } from './host-event.ts';

/** Name of the `node:diagnostics_channel` on which every host publishes its happenings. */
export const HOST_CHANNEL = 'vmtbench:host';

/** Published on {@link HOST_CHANNEL}. Read `host.report` or `host.log` of the same call, or nothing of the host. */
export const hostChannel: ReturnType<typeof channel> = channel(HOST_CHANNEL);

/** Lines kept; of more the newest. */
export const LOG_LIMIT = 4096;
const MOST_CHARACTERS = 4096;
const NANOSECONDS_A_MILLISECOND = 1_000_000;

/** A line of the host's log before it is text: virtual nanoseconds and what is said. */
export type LogEntry = readonly [at: number, text: string];

/** What the host would write to vmware.log. Text is made only for whoever reads it. */
export class HostLog {
  entries: LogEntry[] = [];
  readonly #epoch: number;

  /** @param epochSeconds wall clock at virtual time 0. */
  constructor(epochSeconds: number) {
    this.#epoch = epochSeconds * 1000;
  }

  add({ at, text }: HostEvent): void {
    if (this.entries.length >= 2 * LOG_LIMIT) this.entries.splice(0, LOG_LIMIT);
    this.entries.push([at, text.slice(0, MOST_CHARACTERS)]);
  }

  /** Lines such as `2024-01-25T00:00:05.040Z| vcpu-0| I005: GuestMsg: Channel 0, Protocol error, state: 0`. */
  get lines(): string[] {
    return this.entries.map(([at, text]) => {
      const time = new Date(this.#epoch + Math.floor(at / NANOSECONDS_A_MILLISECOND));
      return `${time.toISOString()}| vcpu-0| I005: ${text.replaceAll(/\p{Cc}/gu, '.')}`;
    });
  }
}
