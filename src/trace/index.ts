/** The trace: one record a port access. Written while a run goes on, read back, printed. */
export { type Call, callOf } from './call.ts';
export { Conversation } from './conversation.ts';
export { fileSink, type TraceFile } from './file-sink.ts';
export { fileChunks } from './file-source.ts';
export * from './format.ts';
export { headerLines } from './header-lines.ts';
export { rawLine } from './raw.ts';
export { TraceReader, type TraceVerdict } from './reader.ts';
export { TraceRecorder } from './recorder.ts';
export { type TraceSink, TraceWriter } from './writer.ts';
