/**
 * From an IN, OUT, INS, OUTS, VMCALL or VMMCALL to a device: one bus, one choke point, one probe. It must not know
 * which devices there are.
 */
export { PortBus } from './bus.ts';
