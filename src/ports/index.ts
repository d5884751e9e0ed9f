/** From an IN, OUT, INS, OUTS, VMCALL or VMMCALL to a device: one bus, one choke point, one probe. */
export { BackdoorDevice } from './backdoor.ts';
export { BalloonDevice } from './balloon.ts';
export { PortBus, type PortProbe } from './bus.ts';
export type { Notice, NoticeKind } from './notice.ts';
export { type PortAccess, type PortDevice, type RegisterFrame, readOnes } from './port.ts';
