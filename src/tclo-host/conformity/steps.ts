import { hex } from '../../hex.ts';
import {
  GUESTMSG_FLAG_COOKIE,
  GUESTMSG_MAX_IN_SIZE,
  MESSAGE_STATUS_SUCCESS,
  type MessageStep,
  type PortAccess,
  RPCI_PROTOCOL_NUM,
  TCLO_PROTOCOL_NUM,
} from '../../protocol/index.ts';
import type { Seen } from '../../state.ts';
import type { Channel } from '../channel/channel.ts';
import type { Slots } from './cookies.ts';
import { causeOf, halvesExchanged, type Violation } from './violation.ts';

const say = (title: string, explanation: string): Violation => ({ title, explanation });

/** OPEN: EBX has the number of a protocol. @param slots the cookies of other channels tell a step that lost its number. */
export function openViolation({ registers }: PortAccess, slots: Slots): Violation | null {
  const { ebx, esi, edi } = registers;
  const number = ebx & 0x7fffffff;
  if (number === RPCI_PROTOCOL_NUM || number === TCLO_PROTOCOL_NUM) return null;
  const owner = slots.find((c) => c?.checked === true && c.cookieHigh === esi && c.cookieLow === edi);
  if (owner !== undefined && owner !== null) {
    return say(
      "ECX's high half has no step: it was lost",
      `ECX's high half is 0, which is OPEN, but ESI and EDI hold the cookie of channel ${owner.id}: another step was meant.`,
    );
  }
  const words = [RPCI_PROTOCOL_NUM, TCLO_PROTOCOL_NUM].flatMap((word) => [(word | GUESTMSG_FLAG_COOKIE) >>> 0, word]);
  const meant = words.find((word) => ebx === (word & 0xffff) || ebx === halvesExchanged(word));
  const cause = causeOf('ebx', ebx, meant ?? RPCI_PROTOCOL_NUM, registers);
  return say(
    `EBX does not hold a protocol for OPEN: ${cause}`,
    `EBX holds ${hex(ebx)}, neither RPCI's ${hex(RPCI_PROTOCOL_NUM)} nor TCLO's ${hex(TCLO_PROTOCOL_NUM)} (with or without the flag 0x80000000): ${cause}.`,
  );
}

/** What is out of order, or out of measure, in a step on a channel that serves. */
export function stepViolation(step: MessageStep, channel: Seen<Channel>, access: PortAccess): Violation | null {
  return STEPS[step]?.(channel, access) ?? null;
}

type Check = (channel: Seen<Channel>, access: PortAccess) => Violation | null;

/** A message that the guest announced and did not send whole, when it goes on to something else. */
const unfinished =
  (next: string): Check =>
  (channel) => {
    const missing = channel.incomingSize - channel.incomingAt;
    if (channel.incomingSize <= 0 || missing <= 0) return null;
    const none = channel.incomingAt === 0 ? ' No transfer was seen: one with ECX 0 moves nothing.' : '';
    return say(
      `a message was not sent whole: the length was ${missing === 1 ? '1 less' : 'less'} than was announced`,
      `SENDSIZE announced ${channel.incomingSize} bytes, ${channel.incomingAt} came before ${next}: ${missing} are missing.${none}`,
    );
  };

const announced = unfinished('the next SENDSIZE');

const STEPS: Readonly<Partial<Record<MessageStep, Check>>> = {
  sendsize: (channel, access) => {
    const size = access.registers.ebx;
    if (size <= GUESTMSG_MAX_IN_SIZE) return announced(channel, access);
    return say(
      'SENDSIZE announces more than a message can have',
      `EBX holds ${hex(size)}, the longest message has ${GUESTMSG_MAX_IN_SIZE} bytes: it was not loaded, or it is not a length.`,
    );
  },
  send: (channel, { string, count, width, registers }) => {
    const left = channel.incomingSize - channel.incomingAt;
    if (left <= 0) return say('a payload was sent without SENDSIZE', 'No length was announced, or all of it was sent.');
    const mixed = bandwidth(channel, string);
    if (mixed !== null || !string) return mixed;
    if (count * width > left) return measure(count * width, left, 'announced by SENDSIZE');
    return count === 1 && registers.ecx > 1 ? single(registers.ecx) : null;
  },
  recvsize: unfinished('RECVSIZE'),
  receive: (channel, { string, count, width, registers }) => {
    const message = channel.outgoing;
    if (message === null || !channel.sized) {
      return say('a payload was asked for without RECVSIZE', 'The host has announced no length on this channel.');
    }
    const mixed = bandwidth(channel, string);
    if (mixed !== null) return mixed;
    if (!string && (registers.ebx & MESSAGE_STATUS_SUCCESS) === 0) return givesUp('RECVPAYLOAD', registers.ebx);
    const left = message.length - channel.outgoingAt;
    if (left <= 0 && !channel.oversize) {
      return say('more of a message was asked for than the host announced', 'All of its bytes were fetched before.');
    }
    if (!string || channel.oversize) return null;
    if (count * width > left) return measure(count * width, left, 'announced by RECVSIZE');
    return count === 1 && registers.ecx > 1 ? single(registers.ecx) : null;
  },
  status: (channel, { registers }) => {
    const message = channel.outgoing;
    if (message === null || !channel.sized) {
      return say('RECVSTATUS came without a message', 'The host has announced no length on this channel.');
    }
    const fetched = Math.min(channel.outgoingAt, message.length);
    const missing = message.length - fetched;
    const accepted = (registers.ebx & MESSAGE_STATUS_SUCCESS) !== 0;
    if (!accepted) return missing === 0 ? givesUp('RECVSTATUS', registers.ebx) : null;
    if (missing === 0 || channel.oversize || isBufferSize(fetched)) return null;
    return say(
      `a message was not fetched whole: the length was ${missing === 1 ? '1 less' : 'less'} than was announced`,
      `RECVSIZE announced ${message.length} bytes, ${fetched} were fetched, and RECVSTATUS says that all is well.`,
    );
  },
  close: unfinished('CLOSE'),
};

const givesUp = (step: string, ebx: number): Violation =>
  say(
    `EBX of ${step} says that the guest failed, though nothing did`,
    `EBX holds ${hex(ebx)}, its lowest bit says success: 1 is what RECVSIZE answers in EDX's high half.`,
  );

/** Whether a guest that fetched so much has filled a buffer: it cuts what is longer, as vmt does at 4095 bytes. */
const isBufferSize = (fetched: number): boolean =>
  [fetched, fetched + 1].some((size) => size >= 128 && (size & (size - 1)) === 0);

function bandwidth({ bandwidth: begun }: Seen<Channel>, string: boolean): Violation | null {
  if (begun === null || (begun === 'high') === string) return null;
  return say(
    'one message goes by high and by low bandwidth',
    `It began by ${begun} bandwidth; the protocol lets a message go by one of the two.`,
  );
}

function measure(bytes: number, left: number, where: string): Violation {
  const more = bytes - left;
  return say(
    `the length is ${more === 1 ? '1 more' : 'more'} than was ${where}`,
    `ECX asked for ${bytes} bytes, ${left} are left of what was ${where}.`,
  );
}

const single = (ecx: number): Violation =>
  say('a transfer moves one byte: it has no REP', `ECX holds ${ecx}, one byte was moved.`);
