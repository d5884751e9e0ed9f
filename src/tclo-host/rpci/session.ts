import type { Channel } from '../channel/channel.ts';
import type { Surroundings } from '../happening.ts';
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
  readonly #surroundings: Surroundings;

  constructor(service: RpciService, followers: Followers, messageNul: boolean, surroundings: Surroundings) {
    this.#service = service;
    this.#followers = followers;
    this.#messageNul = messageNul;
    this.#surroundings = surroundings;
  }

  /** The answer is up before the call returns: guests poll for it exactly once. */
  received(channel: Channel, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const request = parseRequest(bytes);
    channel.command = request.line;
    record(this.commands, request.line);
    this.#surroundings.tell('rpci', request.line, channel.id);
    const answer = this.#service.answer(request);
    if (answer.length > 0) channel.post(this.#messageNul ? withNul(answer) : answer);
    const { name, argument } = request;
    if (name === 'log') this.#surroundings.tell('log', `Guest: ${argument}`, channel.id);
    else this.#followers.get(name)?.(argument);
  }
}

const withNul = (bytes: Uint8Array): Uint8Array => {
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  return longer;
};
