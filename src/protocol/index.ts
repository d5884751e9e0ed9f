/**
 * The backdoor's words: constants, commands, register frame, the contract of a device, and one decoder that turns a
 * port access into a typed call. It must not know a processor or a host.
 */
export { ABSPOINTER_DATA_REGISTERS, COMMAND_WORDS, type CommandWords, commandWords } from './commands.ts';
export * from './constants.ts';
export {
  CallDecoder,
  type CallForm,
  type CallRegisters,
  type CallView,
  type CommandCall,
  type DecodedCall,
  decodeCall,
  type MessageCall,
  type MissedCall,
} from './decode.ts';
export { type Notice, type NoticeKind, notice } from './notice.ts';
export { PlainRegisters } from './plain-registers.ts';
export { type PortAccess, type PortDevice, type PortProbe, readOnes } from './port.ts';
export type { OutputRegister, RegisterFrame } from './registers.ts';
export { channelOf, type MessageOutcome, outcomeOf, statusOf } from './reply.ts';
export { bytesOf, cutBytes, plainBytes, textOf, trimBlanks } from './text.ts';
export {
  SPECIFIED_OUTPUTS,
  type SpecifiedOutput,
  type StepResult,
  UNSPECIFIED_OUTPUTS,
  type UnspecifiedOutput,
} from './unspecified.ts';
