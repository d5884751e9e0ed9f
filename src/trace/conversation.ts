import {
  CallDecoder,
  type DecodedCall,
  MESSAGE_STATUS_DORECV,
  MESSAGE_STATUS_SUCCESS,
  type MessageCall,
  type MessageStep,
  statusOf,
} from '../protocol/index.ts';
import { commandText, failureText, missedText, portText } from './access-text.ts';
import { ChannelStory } from './channel-story.ts';
import type { AccessRecord, PlainData, TraceRecord } from './format.ts';
import { IdlePolls } from './idle.ts';
import { preview } from './preview.ts';
import { faultText, harmless, hexOrZero, plural, seconds } from './text.ts';

/** What a step that succeeded tells. */
type Teller = (story: ChannelStory, call: MessageCall, record: AccessRecord) => string[];

/** RECVPAYLOAD and RECVSTATUS without SUCCESS in ebx: the guest says that it failed. */
const guestFailed = ({ status }: MessageCall): boolean => (status & MESSAGE_STATUS_SUCCESS) === 0;

/** The bytes that RECVPAYLOAD returned: low bandwidth has up to four in a register. */
function bytesOf(value: number, left: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24).subarray(0, Math.min(4, left));
}

const TELLERS: { readonly [S in Exclude<MessageStep, 'open'>]: Teller } = {
  sendsize: (story, { length }) => story.announce(length),
  send: (story, { form, data }) => story.send(form === 'high' ? data : data.slice(0, story.left('send'))),
  recvsize: (story, _call, { after }) => story.offer(after.ebx),
  receive: (story, call, { after, data }) => {
    // The host had less than was asked for: no more will come. A page fault cuts a transfer short in the count.
    if (call.form === 'high') return story.receive(data, data.length < call.length);
    if (guestFailed(call)) return ['receive: the guest gives up'];
    return story.receive(bytesOf(after.ebx, story.left('receive')), false);
  },
  status: (story, call) => [...story.acknowledge(), ...(guestFailed(call) ? ['status: the guest failed'] : [])],
  close: (story) => [...story.breakOff(), 'close'],
};

/**
 * A trace as a conversation: messages whole, in the order in which they were complete, with their virtual times; all
 * else in one line each. It holds the beginning of the messages under way, nothing more.
 */
export class Conversation {
  readonly #channels = new Map<number, ChannelStory>();
  readonly #idle = new IdlePolls();
  readonly #decoder = new CallDecoder();
  #lines: string[] = [];

  /** The lines that this record completes. */
  add(record: TraceRecord): string[] {
    switch (record.kind) {
      case 'access':
        this.#access(record);
        break;
      case 'event':
        this.#say(record.ns, `event: ${harmless(`${record.name} ${record.text}`.trimEnd())}`);
        break;
      case 'console':
        this.#say(record.ns, `console: ${harmless(record.line)}`);
        break;
      case 'finding':
        this.#say(record.ns, `finding: ${findingText(record.finding)}`);
        break;
      case 'end': {
        const { outcome, records } = record;
        this.#lines.push(...this.#idle.flush(), `end: ${harmless(outcome)}, ${plural(records, 'record')}`);
        break;
      }
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
    const call = this.#decoder.decode(record);
    const { ns, fault } = record;
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

  #subject(call: DecodedCall, { port }: AccessRecord): string {
    if (call.kind === 'command') return `command ${hexOrZero(call.number)}`;
    if (call.kind !== 'message') return `port ${hexOrZero(port)}`;
    return call.channel === null ? `${protocolOf(call)} open` : `${this.#story(call.channel).label} ${call.step}`;
  }

  #message(call: MessageCall, record: AccessRecord): void {
    const { ns } = record;
    const { step, channel } = call;
    const status = statusOf(call.form, record.after);
    if ((status & MESSAGE_STATUS_SUCCESS) === 0) {
      this.#failure(call, record, status);
    } else if (step === 'open' || channel === null) {
      this.#open(call, record);
    } else {
      const story = this.#story(channel);
      const empty = step === 'sendsize' && call.length === 0;
      const nothing = step === 'recvsize' && (status & MESSAGE_STATUS_DORECV) === 0;
      const lines = nothing || empty ? story.breakOff() : TELLERS[step](story, call, record);
      for (const line of lines) this.#say(ns, `${story.label} ${line}`);
      if (empty || nothing) this.#idle.note(channel, story.label, ns, empty ? 'sends' : 'polls');
    }
  }

  #open(call: MessageCall, { ns, after }: AccessRecord): void {
    const id = after.edx >>> 16;
    const unfinished = this.#channels.get(id);
    for (const line of unfinished?.breakOff() ?? []) this.#say(ns, `${unfinished?.label} ${line}`);
    const story = new ChannelStory(`${protocolOf(call)} #${id}`);
    this.#channels.set(id, story);
    this.#say(ns, `${story.label} open${call.cookies ? '' : ' without cookies'}`);
  }

  #failure(call: MessageCall, record: AccessRecord, status: number): void {
    const why = failureText(record, call.form, status);
    const { step, channel } = call;
    if (channel === null) {
      this.#say(record.ns, `${protocolOf(call)} open ${why}`);
      return;
    }
    const story = this.#story(channel);
    if (step === 'send' || step === 'receive') story.drop(step);
    const payload = step === 'send' && call.form === 'high' ? ` ${preview(call.data)}` : '';
    this.#say(record.ns, `${story.label} ${step} ${why}${payload}`);
  }

  /** Of the channel that the guest names; one that it never opened has a story of its own, too. */
  #story(id: number): ChannelStory {
    let story = this.#channels.get(id);
    if (story === undefined) {
      story = new ChannelStory(`channel #${id}`);
      this.#channels.set(id, story);
    }
    return story;
  }
}

const protocolOf = ({ protocol, protocolNumber }: MessageCall): string =>
  protocol?.toUpperCase() ?? `protocol ${hexOrZero(protocolNumber)}`;

function findingText(finding: { readonly [key: string]: PlainData }): string {
  const { title, invariant, kind } = finding;
  const rule = [invariant, kind].find((word) => typeof word === 'string');
  const text = typeof title === 'string' ? harmless(title) : '(without a title)';
  return typeof rule === 'string' ? `${text} [${harmless(rule)}]` : text;
}
