/** The bench: a compiled guest, the machine and kernel around it, and the VMware host that it talks to. */
export * from './bench/index.ts';
export { VmtbenchError } from './errors.ts';
export type { Guest } from './guest/index.ts';
export * from './judge/index.ts';
export { createGuest } from './kernels/index.ts';
export { type ObjectFile, parseObject } from './object/index.ts';
export * from './plan/index.ts';
export * from './scenario/index.ts';
export { type HostOptions, VmwareHost } from './tclo-host/index.ts';
