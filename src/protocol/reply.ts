import {
  MESSAGE_STATUS_CLOSED,
  MESSAGE_STATUS_CPT,
  MESSAGE_STATUS_POWEROFF,
  MESSAGE_STATUS_SUCCESS,
  MESSAGE_STATUS_TIMEOUT,
  MESSAGE_STATUS_UNSENT,
} from './constants.ts';
import type { CallForm, CallRegisters, MessageCall } from './decode.ts';

/**
 * The result of a message call: success, status 0, the checkpoint bit, or another status word with its name, such as
 * `status 0x20, poweroff`.
 */
export type MessageOutcome = 'ok' | 'refused' | 'checkpoint' | `status 0x${string}`;

const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [MESSAGE_STATUS_CLOSED, 'closed'],
  [MESSAGE_STATUS_UNSENT, 'unsent'],
  [MESSAGE_STATUS_POWEROFF, 'poweroff'],
  [MESSAGE_STATUS_TIMEOUT, 'timeout'],
]);

/** The status word of a message call, `MESSAGE_STATUS_*`, from the registers after it. */
export const statusOf = (form: CallForm, { ebx, ecx }: Pick<CallRegisters, 'ebx' | 'ecx'>): number =>
  (form === 'high' ? ebx : ecx) >>> 16;

/** The result that a status word means. */
export function outcomeOf(status: number): MessageOutcome {
  if ((status & MESSAGE_STATUS_SUCCESS) !== 0) return 'ok';
  if ((status & MESSAGE_STATUS_CPT) !== 0) return 'checkpoint';
  if (status === 0) return 'refused';
  const name = STATUS_NAMES.get(status);
  return `status 0x${status.toString(16).padStart(2, '0')}${name === undefined ? '' : `, ${name}`}`;
}

/** The channel of a message call: the one that the guest named, at OPEN the one that it got; null: it got none. */
export function channelOf({ channel, form }: MessageCall, after: CallRegisters): number | null {
  if (channel !== null) return channel;
  return (statusOf(form, after) & MESSAGE_STATUS_SUCCESS) === 0 ? null : after.edx >>> 16;
}
