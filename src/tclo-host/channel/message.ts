import * as c from '../../protocol/constants.ts';
import type { MessageCall, OutputRegister, RegisterFrame } from '../../protocol/index.ts';
import type { ActiveFault } from '../faults.ts';
import type { HostServices } from '../host-event.ts';
import type { HostOptions } from '../options.ts';
import {
  announce,
  type Channel,
  dropIncoming,
  dropOutgoing,
  offer,
  post,
  rewind,
  take,
  takeIncoming,
  transferState,
} from './channel.ts';
import type { Channels, MessageSink } from './channels.ts';
import type { UnspecifiedValues } from './unspecified.ts';

/** What the steps of a message conversation work on. */
export interface MessageContext {
  readonly channels: Channels;
  readonly sink: MessageSink;
  readonly hostServices: HostServices;
  /** What an `oversize` fault makes up, by the place in the message: a byte, or four. */
  readonly filler: (at: number) => number;
  /** SUCCESS, with the HB bit where high bandwidth is offered: the status of SENDSIZE and RECVSIZE. */
  readonly sizeStatus: number;
  readonly highBandwidth: boolean;
  readonly options: HostOptions;
  readonly unspecified: UnspecifiedValues;
}

/**
 * Performs one step on a channel that is open and not broken, and returns its status word; 0 refuses. The registers are
 * only to be written: `call` has what the guest put there.
 */
type Step = (
  context: MessageContext,
  channel: Channel,
  call: MessageCall,
  registers: RegisterFrame,
  fault: ActiveFault | null,
) => number;

/** One sub command of the message command. */
export interface SubCommandRow {
  readonly step: c.MessageStep;
  /** Registers that an answer may change. */
  readonly outputs: readonly OutputRegister[];
  /** Null for OPEN, which has no channel yet. */
  readonly perform: Step | null;
}

const EMPTY = new Uint8Array(0);

/** A step out of order. The channel stays as it was. */
export function protocolError(context: MessageContext, channel: Channel): number {
  const { id } = channel;
  context.hostServices.notify('log', `GuestMsg: Channel ${id}, Protocol error, state: ${transferState(channel)}`, id);
  return 0;
}

const sizeStatus = (context: MessageContext, fault: ActiveFault | null): number =>
  fault?.row.hidesHighBandwidth === true ? c.MESSAGE_STATUS_SUCCESS : context.sizeStatus;

const sendSize: Step = (context, channel, { length: size }, _registers, fault) => {
  if (size > c.GUESTMSG_MAX_IN_SIZE) {
    context.hostServices.notify(
      'log',
      `GuestMsg: Channel ${channel.id}, message of ${size} bytes is too long`,
      channel.id,
    );
    return 0;
  }
  if (!context.sink.announced(channel, size)) return 0;
  // A new request discards the answer nobody read; a TCLO message stays, since its guest sends before it polls.
  if (channel.protocol === 'rpci') dropOutgoing(channel);
  announce(channel, size);
  if (size === 0) {
    dropIncoming(channel);
    context.sink.received(channel, EMPTY);
  }
  return sizeStatus(context, fault);
};

const sendPayload: Step = (context, channel, { data }, _registers, fault) => {
  if (channel.checkpointPending) return checkpointed(channel);
  const left = channel.incomingSize - channel.incomingAt;
  if (left <= 0 || channel.bandwidth === 'high') return protocolError(context, channel);
  let bytes = data.subarray(0, left);
  if (fault?.row.payload !== undefined)
    bytes = padded(fault.row.payload(bytes, fault.random, fault.bytes), bytes.length);
  channel.bandwidth = 'low';
  if (take(channel, bytes)) context.sink.received(channel, takeIncoming(channel));
  return c.MESSAGE_STATUS_SUCCESS;
};

const padded = (bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(length);
  whole.set(bytes.subarray(0, length));
  return whole;
};

const recvSize: Step = (context, channel, _call, registers, fault) => {
  if (channel.incomingSize >= 0) dropIncoming(channel);
  if (fault?.row.fills === true && channel.outgoing === null) post(channel, EMPTY);
  if (fault?.row.posts === true) post(channel, fault.bytes);
  const message = channel.outgoing;
  if (message === null || (channel.stalledUntil > 0 && context.hostServices.time() < channel.stalledUntil)) {
    registers.ebx = 0;
    registers.edx = 0;
    return sizeStatus(context, fault);
  }
  offer(channel);
  channel.oversize = fault?.row.fills === true;
  registers.ebx = fault?.row.size === undefined ? message.length : fault.row.size(message.length, fault.parameter);
  registers.edx = c.MESSAGE_TYPE_SENDSIZE << 16;
  return sizeStatus(context, fault) | c.MESSAGE_STATUS_DORECV;
};

const recvPayload: Step = (context, channel, { status }, registers, fault) => {
  if (channel.checkpointPending) return checkpointed(channel);
  const message = channel.outgoing;
  if (message === null || !channel.sized || channel.bandwidth === 'high') return protocolError(context, channel);
  if ((status & c.MESSAGE_STATUS_SUCCESS) === 0) {
    // The guest gives up. ASSUMED: told success, and the message is dropped, as RECVSTATUS with 0 does.
    dropUnread(context, channel);
    return c.MESSAGE_STATUS_SUCCESS;
  }
  const at = channel.outgoingAt;
  if (at >= message.length && !channel.oversize) return protocolError(context, channel);
  channel.bandwidth = 'low';
  channel.outgoingAt = at + 4;
  registers.ebx = wordAt(context, channel, message, at, fault);
  registers.edx = c.MESSAGE_TYPE_SENDPAYLOAD << 16;
  return c.MESSAGE_STATUS_SUCCESS;
};

/** Four bytes, little-endian, padded with zeros (with filler, when the size was a lie). */
function wordAt(
  context: MessageContext,
  channel: Channel,
  message: Uint8Array,
  at: number,
  fault: ActiveFault | null,
): number {
  let bytes = message.subarray(at, at + 4);
  if (channel.oversize && bytes.length < 4) return context.filler(at);
  if (fault?.row.payload !== undefined) bytes = fault.row.payload(bytes, fault.random, fault.bytes);
  return ((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16) | ((bytes[3] ?? 0) << 24)) >>> 0;
}

const recvStatus: Step = (context, channel, { status }) => {
  if (channel.checkpointPending) return checkpointed(channel);
  if (channel.outgoing === null || !channel.sized) return protocolError(context, channel);
  const accepted = (status & c.MESSAGE_STATUS_SUCCESS) !== 0;
  // Unread bytes go with the message: vmt fetches 4095 of a longer one and then acknowledges it.
  dropOutgoing(channel);
  context.sink.fetched(channel, accepted);
  return c.MESSAGE_STATUS_SUCCESS;
};

const close: Step = (context, channel) => {
  context.channels.free(channel);
  return c.MESSAGE_STATUS_SUCCESS;
};

function dropUnread(context: MessageContext, channel: Channel): void {
  dropOutgoing(channel);
  context.sink.fetched(channel, false);
}

/** The checkpoint status, once; the guest starts the transfer again. */
export function checkpointed(channel: Channel): number {
  rewind(channel);
  return c.MESSAGE_STATUS_CPT;
}

/**
 * The sub commands by number (high half of ECX). Source of the registers: open-vm-tools `message.c`; of the exact
 * words: the whole-register compares of iPXE's `guestrpc.c`.
 */
export const SUB_COMMANDS: readonly SubCommandRow[] = [
  { step: 'open', outputs: ['eax', 'ecx', 'edx', 'esi', 'edi'], perform: null },
  { step: 'sendsize', outputs: ['eax', 'ecx'], perform: sendSize },
  { step: 'send', outputs: ['eax', 'ecx'], perform: sendPayload },
  { step: 'recvsize', outputs: ['eax', 'ebx', 'ecx', 'edx'], perform: recvSize },
  { step: 'receive', outputs: ['eax', 'ebx', 'ecx', 'edx'], perform: recvPayload },
  { step: 'status', outputs: ['eax', 'ecx'], perform: recvStatus },
  { step: 'close', outputs: ['eax', 'ecx'], perform: close },
];

/** OPEN: a channel and its cookies, or 0. */
export function openChannel(context: MessageContext, call: MessageCall, registers: RegisterFrame): number {
  const { protocol, cookies: checked } = call;
  if (protocol === null || !context.sink.mayOpen(protocol)) return 0;
  const channel = context.channels.add(protocol, checked);
  if (channel === null) return 0;
  registers.edx = channel.id * 0x10000;
  if (checked) {
    // Without the flag ESI and EDI are none of ours: iPXE's compiler keeps values in them.
    registers.esi = channel.cookieHigh;
    registers.edi = channel.cookieLow;
  }
  return c.MESSAGE_STATUS_SUCCESS;
}
