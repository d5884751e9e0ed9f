import { Preview } from './preview.ts';
import { plural } from './text.ts';

interface Transfer {
  /** Bytes announced. */
  readonly size: number;
  readonly preview: Preview;
  reported: boolean;
}

/** What goes over one channel, put together from its pieces; each method returns what is to be told, if anything. */
export class ChannelStory {
  readonly subject: string;
  readonly channel: number;
  #sending: Transfer | null = null;
  #receiving: Transfer | null = null;

  /** @param subject the protocol's name */
  constructor(subject: string, channel: number) {
    this.subject = subject;
    this.channel = channel;
  }

  /** The guest announces `size` bytes. */
  announce(size: number): string[] {
    const lines = this.breakOff();
    if (size > 0) this.#sending = { size, preview: new Preview(), reported: false };
    return lines;
  }

  send(bytes: Uint8Array): string[] {
    const sending = this.#sending;
    if (sending === null) return [`> ${reported(bytes)} (not announced)`];
    sending.preview.add(bytes);
    if (sending.preview.length < sending.size) return [];
    this.#sending = null;
    return [`> ${amount(sending)}`];
  }

  /** Bytes of a low-bandwidth piece that are still to come. */
  left(direction: 'send' | 'receive'): number {
    const transfer = direction === 'send' ? this.#sending : this.#receiving;
    return transfer === null ? 4 : Math.max(0, transfer.size - transfer.preview.length);
  }

  /** The host offers `size` bytes. */
  offer(size: number): string[] {
    const lines = this.breakOff();
    this.#receiving = { size, preview: new Preview(), reported: false };
    return lines;
  }

  /** @param last no more will come, whatever was announced. */
  receive(bytes: Uint8Array, last: boolean): string[] {
    const receiving = this.#receiving;
    if (receiving === null) return [`< ${reported(bytes)} (not offered)`];
    receiving.preview.add(bytes);
    if (receiving.reported || (!last && receiving.preview.length < receiving.size)) return [];
    receiving.reported = true;
    return [`< ${amount(receiving)}`];
  }

  /** The guest is done with the message that was offered. */
  acknowledge(): string[] {
    const receiving = this.#receiving;
    this.#receiving = null;
    if (receiving === null || receiving.reported) return [];
    if (receiving.preview.length > 0) return [`< ${amount(receiving)}`];
    return receiving.size === 0 ? ['< empty'] : [`< ${plural(receiving.size, 'byte')}, acknowledged unread`];
  }

  /** A payload step failed: what was under way there begins again or not at all. */
  drop(direction: 'send' | 'receive'): void {
    if (direction === 'send') this.#sending = null;
    else this.#receiving = null;
  }

  /** The conversation goes on otherwise: what was under way stays unfinished. */
  breakOff(): string[] {
    const lines: string[] = [];
    const sending = this.#sending;
    const receiving = this.#receiving;
    this.#sending = null;
    this.#receiving = null;
    if (sending !== null) lines.push(unfinished('>', sending, 'sent'));
    if (receiving !== null && !receiving.reported) lines.push(unfinished('<', receiving, 'fetched'));
    return lines;
  }
}

function unfinished(arrow: string, { size, preview }: Transfer, done: string): string {
  const bytes = preview.length === 0 ? '' : `${preview} `;
  return `${arrow} ${bytes}(given up: ${preview.length} of ${plural(size, 'byte')} ${done})`;
}

function reported(bytes: Uint8Array): string {
  const preview = new Preview();
  preview.add(bytes);
  return preview.toString();
}

const amount = ({ size, preview }: Transfer): string =>
  preview.length === size ? preview.toString() : `${preview} (${preview.length} of ${plural(size, 'byte')})`;
