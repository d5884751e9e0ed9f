/** The VMware host: what answers on ports 0x5658 and 0x5659, in TypeScript alone. */

export { COMMANDS, type CommandRow } from './commands.ts';
export * from './constants.ts';
export type { CallForm, HostCall } from './describe.ts';
export { checkHostEvent, HOST_EVENTS, type HostEvent, type HostEventName, type HostEventRow } from './events.ts';
export { FAULTS, type FaultKind, type FaultRow, faultApplies, type HostFault, hostFault } from './faults.ts';
export type { HostHappening } from './happening.ts';
export { type HostConfig, VmwareHost } from './host.ts';
export { DEFAULT_IDENTITY, type HostIdentity } from './identity.ts';
export { SUB_COMMANDS, type SubCommandRow } from './message.ts';
export { HOST_OPTIONS, type HostOptionRow, type HostOptions, parseHostOption, resolveHostOptions } from './options.ts';
export type { OutputRegister, RegisterFrame } from './registers.ts';
export type { HostReport } from './report.ts';
export type { RpciService } from './rpci.ts';
export { RPCI_COMMANDS, type RpciCommandRow, type RpciHandler, type RpciRequest } from './rpci-commands.ts';
export type { HostState } from './state.ts';
export { type GuestInfoStore, STORE_LIMIT } from './store.ts';
