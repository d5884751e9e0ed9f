import {
  BDOOR_MAGIC,
  BDOOR_PORT,
  BDOORHB_PORT,
  MESSAGE_STATUS_CLOSED,
  MESSAGE_STATUS_CPT,
  MESSAGE_STATUS_POWEROFF,
  MESSAGE_STATUS_SUCCESS,
  MESSAGE_STATUS_TIMEOUT,
  MESSAGE_STATUS_UNSENT,
  type PortAccess,
} from '../protocol/index.ts';
import type { CallForm, HostCall, HostFault, VmwareHost } from '../tclo-host/index.ts';

/**
 * The result of a port access: success, eax=ecx=0, the checkpoint bit, or another status word with its name, such as
 * `status 0x20, poweroff`.
 */
export type AccessOutcome = 'ok' | 'refused' | 'checkpoint' | `status 0x${string}`;

/** A port access and its result, as observers and rules get it. */
export interface AccessFact {
  /** Virtual nanoseconds. */
  readonly at: number;
  readonly pc: bigint;
  readonly port: number;
  /** The backdoor command; null where the access was no backdoor call. */
  readonly command: number | null;
  /** The message call, if it was one. */
  readonly call: HostCall | null;
  readonly outcome: AccessOutcome;
  readonly fault: HostFault | null;
}

const STATUS_NAMES: ReadonlyMap<number, string> = new Map([
  [MESSAGE_STATUS_CLOSED, 'closed'],
  [MESSAGE_STATUS_UNSENT, 'unsent'],
  [MESSAGE_STATUS_POWEROFF, 'poweroff'],
  [MESSAGE_STATUS_TIMEOUT, 'timeout'],
]);

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

/** The result of a message call, from its registers afterwards. */
export function outcomeOf(access: PortAccess): AccessOutcome {
  const status = (access.string ? access.registers.ebx : access.registers.ecx) >>> 16;
  if ((status & MESSAGE_STATUS_SUCCESS) !== 0) return 'ok';
  if ((status & MESSAGE_STATUS_CPT) !== 0) return 'checkpoint';
  if (status === 0) return 'refused';
  const name = STATUS_NAMES.get(status);
  return `status 0x${status.toString(16).padStart(2, '0')}${name === undefined ? '' : `, ${name}`}`;
}
