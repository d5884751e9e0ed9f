import {
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_PORT,
  MESSAGE_STATUS_CPT,
  MESSAGE_STATUS_SUCCESS,
  type PortAccess,
} from '../protocol/index.ts';
import type { CallForm, HostCall, HostFault, VmwareHost } from '../tclo-host/index.ts';

/** What came of a port access, as those who judge a run see it. */
export interface AccessFact {
  /** Virtual nanoseconds. */
  readonly at: number;
  readonly pc: bigint;
  readonly port: number;
  /** The backdoor command; null where the access was no backdoor call. */
  readonly command: number | null;
  /** What the call was, if it was a message call. */
  readonly call: HostCall | null;
  readonly outcome: 'ok' | 'refused' | 'checkpoint' | 'other';
  readonly fault: HostFault | null;
}

const isBackdoor = (port: number): boolean => port === BDOOR_PORT || port === BDOORHB_PORT;

/** The backdoor command that an access is about to make, if it is one. */
export function commandOf(access: PortAccess): number | null {
  if (!isBackdoor(access.port) || access.registers.eax !== BDOOR_MAGIC) return null;
  return access.string ? access.registers.ebx & 0xffff : access.registers.ecx & 0xffff;
}

/** The message call that an access is about to make, if it is one. */
export function callOf(host: VmwareHost, access: PortAccess): HostCall | null {
  const form: CallForm = !access.string ? 'low' : access.direction === 'out' ? 'highOut' : 'highIn';
  return host.describe(access.registers, form, form === 'highOut' ? access.data : null);
}

/** What a message call came to, from its registers afterwards. */
export function outcomeOf(access: PortAccess): AccessFact['outcome'] {
  const status = (access.string ? access.registers.ebx : access.registers.ecx) >>> 16;
  if ((status & MESSAGE_STATUS_SUCCESS) !== 0) return 'ok';
  if ((status & MESSAGE_STATUS_CPT) !== 0) return 'checkpoint';
  return status === 0 ? 'refused' : 'other';
}
