/**
 * VMware's side: what answers on ports 0x5658, 0x5659 and 0x5670. It must not know a processor, a guest or a clock, and
 * does no I/O.
 */
export type { HostCall } from './channel/host-call.ts';
export { SUB_COMMANDS, type SubCommandRow } from './channel/message.ts';
export type { FilledOutput } from './channel/unspecified.ts';
export { COMMANDS } from './commands/index.ts';
export type { CommandRow } from './commands/row.ts';
export { BACKWARDS, nearMissViolation, type Violation } from './conformity/index.ts';
export { BackdoorDevice } from './devices/backdoor.ts';
export { BalloonDevice } from './devices/balloon.ts';
export { MOUSE_QUEUE_LIMIT, type MouseEvent, VmMouse } from './devices/vmmouse.ts';
export { SELECTION_LIMIT, STATS_PAGES_LIMIT, Window } from './devices/window.ts';
export { checkHostAction, HOST_EVENTS, type HostAction, type HostEventName, type HostEventRow } from './events.ts';
export {
  EMPTY_MESSAGE,
  EVENT_EVIDENCE,
  EVIDENCE,
  type Evidence,
  type EvidenceRow,
  FAULT_EVIDENCE,
  type FaultEvidence,
  type FaultPlace,
  farther,
  faultEvidence,
  OPTION_EVIDENCE,
  optionEvidence,
} from './evidence.ts';
export {
  FAULT_REGISTERS,
  FAULTS,
  type FaultKind,
  type FaultRow,
  FOR_EVER,
  faultApplies,
  HOST_DOES,
  type HostDoes,
  type HostFault,
  hostFault,
  MOST_BYTES,
} from './faults.ts';
export {
  type DetailedOs,
  GUEST_INFO,
  type GuestInfo,
  type GuestInfoRow,
  type GuestMemoryInfo,
  type Partition,
} from './guest-info/guest-info.ts';
export * from './guest-info/nic-info.ts';
export { VmwareHost } from './host.ts';
export type { HostConfig } from './host-config.ts';
export type { HostEvent, HostEventKind } from './host-event.ts';
export { HOST_KINDS, type HostKindRow } from './host-kind.ts';
export { DEFAULT_IDENTITY, type HostIdentity, type RemovableDevice } from './identity.ts';
export { HOST_CHANNEL, LOG_LIMIT } from './log.ts';
export {
  differences,
  HOST_OPTIONS,
  type HostOptionRow,
  type HostOptions,
  parseHostOption,
  resolveHostOptions,
} from './options.ts';
export type { HostReport } from './report.ts';
export { RPCI_COMMANDS, type RpciCommandRow, type RpciHandler, type RpciRequest } from './rpci/commands.ts';
export type { RpciService } from './rpci/service.ts';
export { type GuestInfoStore, STORE_LIMIT } from './rpci/store.ts';
export type { HostFuture, HostState } from './state.ts';
export type { SessionPhase } from './tclo/phase.ts';
