/**
 * The trace, one record for each port access: written, read back by names, printed. It must not know a
 * host, a guest or a bus.
 */
export { Conversation } from './conversation.ts';
export { fileSink, type TraceFile } from './file-sink.ts';
export { fileChunks } from './file-source.ts';
export * from './format.ts';
export { headerLines } from './header-lines.ts';
export { rawLine } from './raw.ts';
export { TraceReader, type TraceVerdict } from './reader.ts';
export { TraceRecorder } from './recorder.ts';
export { TraceRegisters } from './registers.ts';
export { type TraceSink, TraceWriter } from './writer.ts';
