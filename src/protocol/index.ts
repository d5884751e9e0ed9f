/** The backdoor's words: constants, register frame, the contract of a device. It knows no processor and no host. */
export * from './constants.ts';
export { type Notice, type NoticeKind, notice } from './notice.ts';
export { type PortAccess, type PortDevice, readOnes } from './port.ts';
export type { OutputRegister, RegisterFrame } from './registers.ts';
export { bytesOf, cutBytes, plainBytes, textOf, trimBlanks } from './text.ts';
