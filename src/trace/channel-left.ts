import type { MessageCall } from '../protocol/index.ts';

/** How many bytes of an announced message are still to come: of the last word of the low form only those count. */
export class ChannelLeft {
  readonly #left = new Map<number, number>();

  announce({ step, channel, length }: MessageCall): void {
    if (step === 'sendsize' && channel !== null) this.#left.set(channel, length);
  }

  /** The bytes of a payload step that belong to the message. */
  take({ channel, form, data }: MessageCall): Uint8Array {
    if (form === 'high' || channel === null) return data;
    const left = this.#left.get(channel) ?? data.length;
    this.#left.set(channel, Math.max(0, left - data.length));
    return data.slice(0, left);
  }
}
