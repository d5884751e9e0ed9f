import { CallDecoder } from '../protocol/index.ts';
import type { AccessRecord } from './format.ts';

/** Which protocol each access of a trace belongs to, by the channels that were opened before it. */
export class ChannelProtocols {
  readonly #decoder = new CallDecoder();
  readonly #channels = new Map<number, string>();

  /** `TCLO`, `RPCI`; null: no message call, or of a channel that the guest did not open. */
  of(record: AccessRecord): string | null {
    const call = this.#decoder.decode(record);
    if (call.kind !== 'message') return null;
    if (call.channel !== null) return this.#channels.get(call.channel) ?? null;
    const protocol = call.protocol?.toUpperCase() ?? null;
    if (record.channel !== null && protocol !== null) this.#channels.set(record.channel, protocol);
    return protocol;
  }
}
