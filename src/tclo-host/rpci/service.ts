import { VmtbenchError } from '../../errors.ts';
import { bytesOf, plainBytes, textOf, trimBlanks } from '../../protocol/index.ts';
import type { HostIdentity } from '../identity.ts';
import { RPCI_COMMANDS, type RpciContext, type RpciHandler, type RpciRequest } from './commands.ts';
import { GuestInfoStore } from './store.ts';

/** What most commands are answered, encoded once. */
const DONE = '1 ';
const DONE_BYTES = bytesOf(DONE);

/** Answers RPCI requests: a table of handlers by the request's first word, which users extend. */
export class RpciService implements RpciContext {
  readonly identity: HostIdentity;
  /** The `guestinfo.*` variables. */
  readonly store: GuestInfoStore = new GuestInfoStore();
  /** What the guest told by SetGuestInfo, by its number. */
  readonly guestInfo: Map<number, Uint8Array> = new Map();
  readonly #handlers: Map<string, RpciHandler>;

  readonly #now: () => number;

  /** `now`: virtual nanoseconds. */
  constructor(identity: HostIdentity, now: () => number = () => 0) {
    this.identity = identity;
    this.#now = now;
    this.#handlers = new Map(RPCI_COMMANDS.map((row) => [row.command, row.answer]));
  }

  get now(): number {
    return this.#now();
  }

  /**
   * Handles a command in the place of whatever handled it. The name is the request's first word; `unity.*` takes all
   * words that start with `unity.` and have no handler of their own, `*` whatever nobody handles. The handler returns the whole answer ("1 ok");
   * an empty answer posts no message.
   */
  handle(command: string, handler: RpciHandler): void {
    if (!/^([^ *]+|[^ *]+\.\*|\*)$/.test(command)) {
      throw new VmtbenchError('rpci.command', `not an RPCI command: ${command}`, 'use one word, word.* or *');
    }
    this.#handlers.set(command, handler);
  }

  /** The answer to one request. Only to be read. */
  answer(request: RpciRequest): Uint8Array {
    const handler = this.#find(request.name);
    if (handler === undefined) return bytesOf('0 Unknown command');
    try {
      const answer = handler(request, this);
      if (answer === DONE) return DONE_BYTES;
      return typeof answer === 'string' ? bytesOf(answer) : answer;
    } catch (cause) {
      const hint = 'a handler returns "0 reason" to refuse and never throws';
      throw new VmtbenchError('rpci.handler', `the RPCI handler of ${request.name} threw`, hint, { cause });
    }
  }

  #find(name: string): RpciHandler | undefined {
    const exact = this.#handlers.get(name);
    if (exact !== undefined) return exact;
    let dots = 0;
    for (let at = name.lastIndexOf('.'); at > 0 && dots < 8; at = name.lastIndexOf('.', at - 1)) {
      dots += 1;
      const family = this.#handlers.get(`${name.slice(0, at + 1)}*`);
      if (family !== undefined) return family;
    }
    return this.#handlers.get('*');
  }

  snapshot(): RpciState {
    return { store: this.store.snapshot(), guestInfo: [...this.guestInfo] };
  }

  restore(state: RpciState): void {
    this.store.restore(state.store);
    this.guestInfo.clear();
    for (const [id, value] of state.guestInfo) this.guestInfo.set(id, plainBytes(value));
  }
}

/** Plain data of the service; handlers are code and stay. */
export interface RpciState {
  readonly store: readonly (readonly [string, Uint8Array])[];
  readonly guestInfo: readonly (readonly [number, Uint8Array])[];
}

/** A request taken apart: text ends at the first NUL, and blanks at its end mean nothing. */
export function parseRequest(bytes: Uint8Array): RpciRequest {
  const line = textOf(bytes);
  const text = trimBlanks(line);
  const blank = line.indexOf(' ');
  return {
    name: blank < 0 ? text : line.slice(0, blank),
    argument: blank < 0 ? '' : line.slice(blank + 1),
    line,
    text,
    bytes,
  };
}
