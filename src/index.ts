/** The bench: a compiled guest, the machine and kernel around it, and the VMware host that it talks to. */
export { VmtbenchError } from './errors.ts';
export { createGuest, type Guest, type ObjectFile, parseObject } from './guest/index.ts';
export * from './scenario/index.ts';
export { type HostOptions, VmwareHost } from './tclo-host/index.ts';
