import type { Channel } from '../channel/channel.ts';
import type { HostServices } from '../host-event.ts';
import { record } from '../report.ts';
import { parseRequest, type RpciService } from './service.ts';

/** What else a request sets in motion, by its name; `argument` is what follows the name. */
export type Followers = ReadonlyMap<string, (argument: string) => void>;

/** RPCI's side of the channels: a whole request arrives, its answer is posted, and others of the host hear of it. */
export class RpciSession {
  opens = 0;
  /** Every request as it was sent, bounded. */
  commands: string[] = [];
  readonly #service: RpciService;
  readonly #followers: Followers;
  readonly #messageNul: boolean;
  readonly #hostServices: HostServices;

  constructor(service: RpciService, followers: Followers, messageNul: boolean, hostServices: HostServices) {
    this.#service = service;
    this.#followers = followers;
    this.#messageNul = messageNul;
    this.#hostServices = hostServices;
  }

  /** The answer is up before the call returns: guests poll for it exactly once. */
  received(channel: Channel, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const request = parseRequest(bytes);
    channel.command = request.line;
    record(this.commands, request.line);
    this.#hostServices.notify('rpci', request.line, channel.id);
    const answer = this.#service.answer(request);
    if (answer.length > 0) channel.post(this.#messageNul ? withNul(answer) : answer);
    const { name, argument } = request;
    if (name === 'log') this.#hostServices.notify('log', `Guest: ${argument}`, channel.id);
    else this.#followers.get(name)?.(argument);
  }
}

const withNul = (bytes: Uint8Array): Uint8Array => {
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  return longer;
};
