import { MESSAGE_STATUS_CPT, MESSAGE_STATUS_SUCCESS } from './constants.ts';
import type { CallForm, CallRegisters, MessageCall } from './decode.ts';

/** What a message call came to. `other`: a status without success that is no checkpoint. */
export type MessageOutcome = 'ok' | 'refused' | 'checkpoint' | 'other';

/** The status word of a message call, `MESSAGE_STATUS_*`, from the registers after it. */
export const statusOf = (form: CallForm, { ebx, ecx }: Pick<CallRegisters, 'ebx' | 'ecx'>): number =>
  (form === 'high' ? ebx : ecx) >>> 16;

export function outcomeOf(status: number): MessageOutcome {
  if ((status & MESSAGE_STATUS_SUCCESS) !== 0) return 'ok';
  if ((status & MESSAGE_STATUS_CPT) !== 0) return 'checkpoint';
  return status === 0 ? 'refused' : 'other';
}

/** The channel of a message call: the one that the guest named, at OPEN the one that it got; null: it got none. */
export function channelOf({ channel, form }: MessageCall, after: CallRegisters): number | null {
  if (channel !== null) return channel;
  return (statusOf(form, after) & MESSAGE_STATUS_SUCCESS) === 0 ? null : after.edx >>> 16;
}
