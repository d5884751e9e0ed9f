import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { VmtbenchError } from '../errors.ts';
import { Conversation, fileChunks, headerLines, rawLine, TraceReader, type TraceVerdict } from '../trace/index.ts';
import { printError } from './terminal.ts';

/** Lines are put together up to this many characters before they are written. */
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

function* conversationText(reader: TraceReader): Generator<string> {
  if (reader.header !== null) yield* headerLines(reader.header);
  const conversation = new Conversation();
  for (const record of reader.records()) yield* conversation.add(record);
  yield* conversation.end();
}

function* rawText(reader: TraceReader): Generator<string> {
  if (reader.header !== null) for (const line of headerLines(reader.header)) yield `# ${line}`;
  for (const record of reader.records()) yield rawLine(record);
}

/** Writes lines as fast as the output takes them. One that goes away (`| head`) ends the writing and is no error. */
async function writeAll(output: Writable, lines: Generator<string>): Promise<void> {
  // The error comes to the write that failed, too: there it is dealt with.
  const ignore = (): void => {};
  output.on('error', ignore);
  try {
    let batch = '';
    for (const line of lines) {
      batch += `${line}\n`;
      if (batch.length < BATCH) continue;
      if (!(await write(output, batch))) return;
      batch = '';
    }
    if (batch !== '') await write(output, batch);
  } finally {
    output.off('error', ignore);
  }
}

/** @returns false when nobody reads any more. */
function write(output: Writable, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (error === null || error === undefined) resolve(true);
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') resolve(false);
      else reject(error);
    });
  });
}

/** What is wrong with the file, as an error to print; null: nothing is, or it was not read to its end. */
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
