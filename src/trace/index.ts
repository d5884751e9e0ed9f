/**
 * The trace, one record for each port access: written, read back by names, printed. It must not know a
 * host, a guest or a bus.
 */
export { callWords } from './call-words.ts';
export { ChannelProtocols } from './channel-protocols.ts';
export type { TraceSink } from './chunk.ts';
export { type AlignedPair, align } from './compare/align.ts';
export { type ComparedLine, type Comparison, compareConversations, isSame, lineKey } from './compare/compare.ts';
export { explainDifference, lineSentence } from './compare/explain.ts';
export { Conversation, type ConversationLine, type LineKind, lineText } from './conversation.ts';
export { fileSink, type TraceFile } from './file-sink.ts';
export { fileChunks } from './file-source.ts';
export * from './format.ts';
export { headerLines } from './header-lines.ts';
export { rawLine } from './raw.ts';
export { TraceReader, type TraceVerdict } from './reader.ts';
export { TraceRecorder } from './recorder.ts';
export { TraceRegisters } from './registers.ts';
export { SameCall } from './same-call.ts';
export { TraceWriter } from './writer.ts';
