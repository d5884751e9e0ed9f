import {
  GUESTMSG_FLAG_COOKIE,
  MESSAGE_STATUS_DORECV,
  MESSAGE_STATUS_SUCCESS,
  type MessageStep,
  RPCI_PROTOCOL_NUM,
  TCLO_PROTOCOL_NUM,
} from '../protocol/index.ts';
import { commandText, failureText, missedText, portText } from './access-text.ts';
import { type Call, callOf, low, RBX, RCX, RDX } from './call.ts';
import { ChannelStory } from './channel-story.ts';
import type { AccessRecord, PlainData, TraceRecord } from './format.ts';
import { IdlePolls } from './idle.ts';
import { preview } from './preview.ts';
import { faultText, harmless, hex, plural, seconds } from './text.ts';

type MessageCall = Extract<Call, { kind: 'message' }>;

/** What a step that succeeded tells. */
type Teller = (story: ChannelStory, record: AccessRecord) => string[];

/** RECVPAYLOAD and RECVSTATUS without SUCCESS in ebx: the guest says that it failed. */
const guestFailed = (record: AccessRecord): boolean => (low(record[7][RBX]) & MESSAGE_STATUS_SUCCESS) === 0;

/** The bytes of a payload step; low bandwidth has up to four in a register. */
function bytesOf(value: number, left: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24).subarray(0, Math.min(4, left));
}

const TELLERS: { readonly [S in Exclude<MessageStep, 'open'>]: Teller } = {
  sendsize: (story, record) => story.announce(low(record[7][RBX])),
  send: (story, record) => story.send(record[9] ?? bytesOf(low(record[7][RBX]), story.left('send'))),
  recvsize: (story, record) => story.offer(low(record[8][RBX])),
  receive: (story, record) => {
    const [, , , , width, , count, , after, payload] = record;
    // The host had less than was asked for: no more will come. A page fault cuts a transfer short in the count.
    if (payload !== null) return story.receive(payload, payload.length < count * width);
    if (guestFailed(record)) return ['receive: the guest gives up'];
    return story.receive(bytesOf(low(after[RBX]), story.left('receive')), false);
  },
  status: (story, record) => [...story.acknowledge(), ...(guestFailed(record) ? ['status: the guest failed'] : [])],
  close: (story) => [...story.breakOff(), 'close'],
};

/**
 * A trace as a conversation: messages whole, in the order in which they were complete, with their virtual times; all
 * else in one line each. It holds the beginning of the messages under way, nothing more.
 */
export class Conversation {
  readonly #channels = new Map<number, ChannelStory>();
  readonly #idle = new IdlePolls();
  #lines: string[] = [];

  /** The lines that this record completes. */
  add(record: TraceRecord): string[] {
    switch (record[0]) {
      case 'a':
        this.#access(record);
        break;
      case 'e':
        this.#say(record[1], `event: ${harmless(`${record[2]} ${record[3]}`.trimEnd())}`);
        break;
      case 'c':
        this.#say(record[1], `console: ${harmless(record[2])}`);
        break;
      case 'f':
        this.#say(record[1], `finding: ${findingText(record[2])}`);
        break;
      case 'z':
        this.#lines.push(...this.#idle.flush(), `end: ${harmless(record[1])}, ${plural(record[2], 'record')}`);
        break;
    }
    return this.#take();
  }

  /** The lines that were still waiting for more to come. */
  end(): string[] {
    this.#lines.push(...this.#idle.flush());
    return this.#take();
  }

  #take(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #say(ns: number, text: string): void {
    this.#lines.push(...this.#idle.flush(), `${seconds(ns)}  ${text}`);
  }

  #access(record: AccessRecord): void {
    const call = callOf(record);
    const [, ns, , , , , , , , , , fault] = record;
    if (fault !== null) this.#say(ns, `${this.#subject(call, record)}: fault ${faultText(fault)}`);
    switch (call.kind) {
      case 'message':
        this.#message(call, record);
        break;
      case 'command':
        this.#say(ns, commandText(record, call));
        break;
      case 'missed':
        this.#say(ns, missedText(record, call.why));
        break;
      case 'port':
        this.#say(ns, portText(record));
        break;
    }
  }

  #subject(call: Call, record: AccessRecord): string {
    if (call.kind !== 'message')
      return call.kind === 'command' ? `command ${hex(call.number)}` : `port ${hex(record[3])}`;
    return call.step === 'open' ? `${protocolOf(record)} open` : `${this.#story(record).label} ${call.step}`;
  }

  #message(call: MessageCall, record: AccessRecord): void {
    const [, ns, , , , , , before, after] = record;
    const status = low(after[call.form === 'high' ? RBX : RCX]) >>> 16;
    if ((status & MESSAGE_STATUS_SUCCESS) === 0) {
      this.#failure(call, record, status);
    } else if (call.step === 'open') {
      this.#open(record);
    } else {
      const story = this.#story(record);
      const empty = call.step === 'sendsize' && low(before[RBX]) === 0;
      const nothing = call.step === 'recvsize' && (status & MESSAGE_STATUS_DORECV) === 0;
      const lines = nothing || empty ? story.breakOff() : TELLERS[call.step](story, record);
      for (const line of lines) this.#say(ns, `${story.label} ${line}`);
      if (empty || nothing) this.#idle.note(channelOf(record), story.label, ns, empty ? 'sends' : 'polls');
    }
  }

  #open(record: AccessRecord): void {
    const [, ns, , , , , , before, after] = record;
    const id = low(after[RDX]) >>> 16;
    const unfinished = this.#channels.get(id);
    for (const line of unfinished?.breakOff() ?? []) this.#say(ns, `${unfinished?.label} ${line}`);
    const story = new ChannelStory(`${protocolOf(record)} #${id}`);
    this.#channels.set(id, story);
    const cookies = (low(before[RBX]) & GUESTMSG_FLAG_COOKIE) === 0 ? ' without cookies' : '';
    this.#say(ns, `${story.label} open${cookies}`);
  }

  #failure(call: MessageCall, record: AccessRecord, status: number): void {
    const why = failureText(record, call.form, status);
    if (call.step === 'open') {
      this.#say(record[1], `${protocolOf(record)} open ${why}`);
      return;
    }
    const story = this.#story(record);
    if (call.step === 'send' || call.step === 'receive') story.drop(call.step);
    const payload = call.step === 'send' ? record[9] : null;
    this.#say(record[1], `${story.label} ${call.step} ${why}${payload === null ? '' : ` ${preview(payload)}`}`);
  }

  /** Of the channel that the guest names; one that it never opened has a story of its own, too. */
  #story(record: AccessRecord): ChannelStory {
    const id = channelOf(record);
    let story = this.#channels.get(id);
    if (story === undefined) {
      story = new ChannelStory(`channel #${id}`);
      this.#channels.set(id, story);
    }
    return story;
  }
}

const channelOf = (record: AccessRecord): number => low(record[7][RDX]) >>> 16;

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [RPCI_PROTOCOL_NUM, 'RPCI'],
  [TCLO_PROTOCOL_NUM, 'TCLO'],
]);

function protocolOf(record: AccessRecord): string {
  const number = low(record[7][RBX]) & 0x7fffffff;
  return PROTOCOLS.get(number) ?? `protocol ${hex(number)}`;
}

function findingText(finding: { readonly [key: string]: PlainData }): string {
  const { title, invariant, kind } = finding;
  const rule = [invariant, kind].find((word) => typeof word === 'string');
  const text = typeof title === 'string' ? harmless(title) : '(without a title)';
  return typeof rule === 'string' ? `${text} [${harmless(rule)}]` : text;
}
