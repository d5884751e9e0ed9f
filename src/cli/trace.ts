import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Command } from 'commander';
import { VmtbenchError } from '../errors.ts';
import { resolveHostOptions } from '../tclo-host/index.ts';
import { Conversation, fileChunks, headerLines, rawLine, TraceReader, type TraceVerdict } from '../trace/index.ts';
import { printError } from './terminal.ts';

/** Characters of output that are buffered before a write. */
const BATCH = 1 << 14;

/** `vmtbench trace FILE`: prints a trace, and what is wrong with it. */
export function traceCommand(): Command {
  return new Command('trace')
    .description('print a trace as a conversation between guest and host')
    .argument('<file>', 'what --trace has written')
    .option('--raw', 'one line an access, by its registers')
    .action(async (file: string, { raw }: { raw?: true }) => {
      const reader = new TraceReader(fileChunks(file), file);
      await writeAll(process.stdout, raw === true ? rawText(reader) : conversationText(reader));
      const error = verdictError(file, reader.verdict);
      if (error === null) return;
      printError(error);
      process.exitCode = 2;
    });
}

const headOf = ({ header }: TraceReader): string[] =>
  header === null ? [] : headerLines(header, { ...resolveHostOptions() });

function* conversationText(reader: TraceReader): Generator<string> {
  yield* headOf(reader);
  const conversation = new Conversation();
  for (const record of reader.records()) yield* conversation.add(record);
  yield* conversation.end();
}

function* rawText(reader: TraceReader): Generator<string> {
  for (const line of headOf(reader)) yield `# ${line}`;
  for (const record of reader.records()) yield rawLine(record);
}

/** Writes lines as fast as the output takes them. One that goes away (`| head`) ends the writing and is no error. */
async function writeAll(output: Writable, lines: Generator<string>): Promise<void> {
  const failure: { error: NodeJS.ErrnoException | null } = { error: null };
  const onError = (error: NodeJS.ErrnoException): void => {
    failure.error = error;
  };
  output.on('error', onError);
  try {
    let batch = '';
    for (const line of lines) {
      batch += `${line}\n`;
      if (batch.length < BATCH) continue;
      await write(output, batch);
      if (failure.error !== null) break;
      batch = '';
    }
    if (failure.error === null && batch !== '') await write(output, batch);
  } finally {
    output.off('error', onError);
  }
  if (failure.error !== null && failure.error.code !== 'EPIPE') throw failure.error;
}

/** Writes, and waits until the output takes more or has failed: Node reports errors only between event loop turns. */
async function write(output: Writable, text: string): Promise<void> {
  if (output.write(text)) await setImmediate();
  else await once(output, 'drain').catch(() => {});
}

/** The error of a damaged file; null: it is whole, or was not read to its end. */
function verdictError(file: string, verdict: TraceVerdict | null): VmtbenchError | null {
  if (verdict === null || verdict.state === 'complete') return null;
  const { state, at, records, reason } = verdict;
  const read = records === 1 ? '1 record was read' : `${records} records were read`;
  const what = state === 'cutOff' ? 'is cut off' : 'is corrupt';
  const hint =
    state === 'cutOff'
      ? 'what stands before it is right; run vmtbench again to its end for a whole trace'
      : 'what stands before it may be right; run vmtbench again for another trace';
  return new VmtbenchError(`trace.${state}`, `the trace ${file} ${what} at byte ${at}: ${reason} (${read})`, hint);
}
