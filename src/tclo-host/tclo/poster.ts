import { bytesOf } from '../../protocol/index.ts';
import type { Channel } from '../channel/channel.ts';
import type { Channels } from '../channel/channels.ts';
import type { HostServices } from '../host-event.ts';
import type { HostOptions } from '../options.ts';
import * as m from './messages.ts';
import { earliestDue, type TcloRequest, type TcloState } from './state.ts';

const NEVER = Number.POSITIVE_INFINITY;
export const RESET: TcloRequest = { text: m.TCLO_RESET, event: false };

/** Posts what waits on a TCLO channel, one message at a time, and knows when the next thing is due. */
export class TcloPoster {
  /** When the session next does something by itself. */
  due: number = NEVER;
  readonly #options: HostOptions;
  readonly #channels: Channels;
  readonly #hostServices: HostServices;
  readonly #onPost: (text: string) => void;

  constructor(options: HostOptions, channels: Channels, hostServices: HostServices, onPost: (text: string) => void) {
    this.#options = options;
    this.#channels = channels;
    this.#hostServices = hostServices;
    this.#onPost = onPost;
  }

  /** Queues "reset" before everything else, once. */
  reset(channel: Channel, tclo: TcloState): void {
    tclo.resetQueued = true;
    if (tclo.posted?.text !== m.TCLO_RESET && tclo.queue[0]?.text !== m.TCLO_RESET) tclo.queue.unshift(RESET);
    this.pump(channel, tclo);
  }

  /** Nothing is posted or outstanding any more. */
  settle(tclo: TcloState): void {
    tclo.outstanding = null;
    tclo.replyDue = NEVER;
  }

  /** Posts the next message if none is on its way. */
  pump(channel: Channel, tclo: TcloState): void {
    const busy = tclo.posted !== null || tclo.outstanding !== null || tclo.breakDue !== NEVER || channel.broken;
    const next = tclo.queue[0];
    if (!busy && next === undefined && tclo.greeted && this.#options.session === 'full') {
      tclo.pingDue = (Math.floor(this.#hostServices.time() / m.PING_INTERVAL) + 1) * m.PING_INTERVAL;
    } else if (!busy && next !== undefined && tclo.asked && (tclo.greeted || next.text === m.TCLO_RESET)) {
      tclo.queue.shift();
      this.#post(channel, tclo, next);
    }
    this.schedule();
  }

  schedule(): void {
    this.due = earliestDue(this.#channels.slots);
  }

  #post(channel: Channel, tclo: TcloState, request: TcloRequest): void {
    this.#onPost(request.text);
    tclo.posted = request;
    tclo.replyDue = this.#hostServices.time() + m.REPLY_TIMEOUT;
    tclo.pingDue = NEVER;
    channel.post(bytesOf(this.#options.messageNul ? `${request.text}\0` : request.text));
    this.#hostServices.notify('post', request.text, channel.id);
  }
}
