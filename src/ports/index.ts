/** From an IN, OUT, INS, OUTS, VMCALL or VMMCALL to a device: one bus, one choke point, one probe. */
export { PortBus, type PortProbe } from './bus.ts';
