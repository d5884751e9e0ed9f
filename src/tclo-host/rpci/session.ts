import type { StateCell, States } from '../../state.ts';
import { type Channel, post } from '../channel/channel.ts';
import type { HostServices } from '../host-event.ts';
import { record } from '../report.ts';
import { parseRequest, type RpciService } from './service.ts';

/** Further effects of a request, by its name; `argument` is the text behind the name. */
export type Followers = ReadonlyMap<string, (argument: string) => void>;

/** Plain data. */
export interface RpciSessionState {
  opens: number;
  /** Every request as it was sent, bounded. */
  commands: string[];
}

/** RPCI's side of the channels: takes a whole request, posts its answer, and notifies other parts of the host. */
export class RpciSession {
  readonly state: StateCell<RpciSessionState>;
  readonly #service: RpciService;
  readonly #followers: Followers;
  readonly #messageNul: boolean;
  readonly #hostServices: HostServices;

  constructor(
    service: RpciService,
    followers: Followers,
    messageNul: boolean,
    hostServices: HostServices,
    states: States,
  ) {
    this.state = states.cell<RpciSessionState>('rpciSession', { opens: 0, commands: [] });
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
    record(this.state.change.commands, request.line);
    this.#hostServices.notify('rpci', request.line, channel.id);
    const answer = this.#service.answer(request);
    if (answer.length > 0) post(channel, this.#messageNul ? withNul(answer) : answer);
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
