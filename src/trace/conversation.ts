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
import type { AccessRecord, PlainData, TraceFault, TraceRecord } from './format.ts';
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

/** What a line of a conversation is about: a message channel, the guest, or the run. */
export type LineKind = 'message' | 'idle' | 'command' | 'port' | 'event' | 'console' | 'finding' | 'end';

/** One line of a conversation. */
export interface ConversationLine {
  /** Virtual nanoseconds; of an end in a trace of version 1, null. */
  readonly ns: number | null;
  readonly kind: LineKind;
  /** Of a message channel: `TCLO`, `RPCI`, `protocol 0x1`, or `channel` where the guest did not open it. */
  readonly subject: string | null;
  readonly channel: number | null;
  /** Without time, subject and channel: `> "OK ATR toolbox"`. */
  readonly text: string;
}

type Subject = Pick<ConversationLine, 'subject' | 'channel'>;
const NO_SUBJECT: Subject = { subject: null, channel: null };

/** The line as `vmtbench trace` prints it. */
export function lineText({ ns, kind, subject, channel, text }: ConversationLine): string {
  if (kind === 'end') return text;
  const who = subject === null ? '' : `${subject}${channel === null ? '' : ` #${channel}`} `;
  return `${seconds(ns ?? 0)}  ${who}${text}`;
}

/**
 * A trace as a conversation: messages whole, in the order in which they were complete, with their virtual times; all
 * else in one line each. It holds the beginning of the messages under way, nothing more.
 */
export class Conversation {
  readonly #channels = new Map<number, ChannelStory>();
  readonly #idle = new IdlePolls();
  readonly #decoder = new CallDecoder();
  #lines: ConversationLine[] = [];

  /** The lines that this record completes, as text. */
  add(record: TraceRecord): string[] {
    return this.lines(record).map(lineText);
  }

  /** The lines that were still waiting for more to come, as text. */
  end(): string[] {
    return this.rest().map(lineText);
  }

  /** The lines that this record completes. */
  lines(record: TraceRecord): ConversationLine[] {
    switch (record.kind) {
      case 'access':
        this.#access(record);
        break;
      case 'event':
        this.#say(record.ns, 'event', `event: ${harmless(`${record.name} ${record.text}`.trimEnd())}`);
        break;
      case 'console':
        this.#say(record.ns, 'console', `console: ${harmless(record.line)}`);
        break;
      case 'finding':
        this.#say(record.ns, 'finding', `finding: ${findingText(record.finding)}`);
        break;
      case 'end': {
        const { ns, outcome, records } = record;
        this.#lines.push(...this.#idle.flush());
        this.#lines.push({
          ns,
          kind: 'end',
          ...NO_SUBJECT,
          text: `end: ${harmless(outcome)}, ${plural(records, 'record')}`,
        });
        break;
      }
    }
    return this.#take();
  }

  /** The lines that were still waiting for more to come. */
  rest(): ConversationLine[] {
    this.#lines.push(...this.#idle.flush());
    return this.#take();
  }

  #take(): ConversationLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #say(ns: number, kind: LineKind, text: string, subject: Subject = NO_SUBJECT): void {
    const { subject: name, channel } = subject;
    this.#lines.push(...this.#idle.flush(), { ns, kind, subject: name, channel, text });
  }

  #access(record: AccessRecord): void {
    const call = this.#decoder.decode(record);
    const { ns, fault } = record;
    if (fault !== null) this.#fault(call, record, fault);
    switch (call.kind) {
      case 'message':
        this.#message(call, record);
        break;
      case 'command':
        this.#say(ns, 'command', commandText(record, call));
        break;
      case 'missed':
        this.#say(ns, 'port', missedText(record, call.why));
        break;
      case 'port':
        this.#say(ns, 'port', portText(record));
        break;
    }
  }

  #fault(call: DecodedCall, { ns, port }: AccessRecord, fault: TraceFault): void {
    const text = `fault ${faultText(fault)}`;
    if (call.kind === 'command') this.#say(ns, 'command', `command ${hexOrZero(call.number)}: ${text}`);
    else if (call.kind !== 'message') this.#say(ns, 'port', `port ${hexOrZero(port)}: ${text}`);
    else if (call.channel === null) this.#say(ns, 'message', `open: ${text}`, opening(call));
    else this.#say(ns, 'message', `${call.step}: ${text}`, this.#story(call.channel));
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
      for (const line of lines) this.#say(ns, 'message', line, story);
      if (empty || nothing) this.#idle.note(story, ns, empty ? 'sends' : 'polls');
    }
  }

  #open(call: MessageCall, { ns, after }: AccessRecord): void {
    const id = after.edx >>> 16;
    const unfinished = this.#channels.get(id);
    if (unfinished !== undefined) for (const line of unfinished.breakOff()) this.#say(ns, 'message', line, unfinished);
    const story = new ChannelStory(protocolOf(call), id);
    this.#channels.set(id, story);
    this.#say(ns, 'message', `open${call.cookies ? '' : ' without cookies'}`, story);
  }

  #failure(call: MessageCall, record: AccessRecord, status: number): void {
    const why = failureText(record, call.form, status);
    const { step, channel } = call;
    if (channel === null) {
      this.#say(record.ns, 'message', `open ${why}`, opening(call));
      return;
    }
    const story = this.#story(channel);
    if (step === 'send' || step === 'receive') story.drop(step);
    const payload = step === 'send' && call.form === 'high' ? ` ${preview(call.data)}` : '';
    this.#say(record.ns, 'message', `${step} ${why}${payload}`, story);
  }

  /** Of the channel that the guest names; one that it never opened has a story of its own, too. */
  #story(id: number): ChannelStory {
    let story = this.#channels.get(id);
    if (story === undefined) {
      story = new ChannelStory('channel', id);
      this.#channels.set(id, story);
    }
    return story;
  }
}

const opening = (call: MessageCall): Subject => ({ subject: protocolOf(call), channel: null });

const protocolOf = ({ protocol, protocolNumber }: MessageCall): string =>
  protocol?.toUpperCase() ?? `protocol ${hexOrZero(protocolNumber)}`;

function findingText(finding: { readonly [key: string]: PlainData }): string {
  const { title, invariant, kind } = finding;
  const rule = [invariant, kind].find((word) => typeof word === 'string');
  const text = typeof title === 'string' ? harmless(title) : '(without a title)';
  return typeof rule === 'string' ? `${text} [${harmless(rule)}]` : text;
}
