import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { VmtbenchError } from '../errors.ts';
import { parseTime } from '../plan/index.ts';
import { resolveHostOptions } from '../tclo-host/index.ts';
import {
  ChannelProtocols,
  Conversation,
  type ConversationLine,
  fileChunks,
  headerLines,
  lineText,
  rawLine,
  TraceReader,
  type TraceVerdict,
} from '../trace/index.ts';
import { printError } from './terminal.ts';

/** Characters of output that are buffered before a write. */
const BATCH = 1 << 14;

interface TraceFlags {
  readonly raw?: true;
  readonly from?: string;
  readonly to?: string;
  readonly only?: string;
  readonly grep?: string;
}

/** Which lines of a trace to print. */
interface LineFilter {
  readonly from: number;
  readonly to: number;
  readonly only: string | null;
  readonly grep: RegExp | null;
}

const ONLY: readonly string[] = ['tclo', 'rpci'];

/** `vmtbench trace FILE`: prints a trace, and what is wrong with it. */
export function traceCommand(): Command {
  return new Command('trace')
    .description('print a trace as a conversation between guest and host')
    .argument('<file>', 'what --trace has written')
    .option('--raw', 'one line an access, by its registers')
    .option('--from <time>', 'from that virtual time on, such as 5s')
    .option('--to <time>', 'up to that virtual time')
    .addOption(new Option('--only <protocol>', 'the message channels of one protocol').choices(ONLY))
    .option('--grep <regex>', 'the lines that match')
    .action(async (file: string, flags: TraceFlags) => {
      const filter = filterOf(flags);
      const reader = new TraceReader(fileChunks(file), file);
      await writeAll(process.stdout, flags.raw === true ? rawText(reader, filter) : conversationText(reader, filter));
      const error = verdictError(file, reader.verdict);
      if (error === null) return;
      printError(error);
      process.exitCode = 2;
    });
}

/** @throws VmtbenchError `time`, `flag` */
function filterOf({ from, to, only, grep }: TraceFlags): LineFilter {
  return {
    from: from === undefined ? 0 : parseTime(from),
    to: to === undefined ? Number.POSITIVE_INFINITY : parseTime(to),
    only: only?.toUpperCase() ?? null,
    grep: grep === undefined ? null : expressionOf(grep),
  };
}

function expressionOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    const message = `--grep ${text}: ${(cause as Error).message}`;
    throw new VmtbenchError('flag', message, 'Give a regular expression of JavaScript.', { cause });
  }
}

/** The protocol is asked of what has one: `--only` leaves out events, the console and all else. */
const passes = ({ from, to, only, grep }: LineFilter, ns: number, subject: string | null, text: string): boolean =>
  ns >= from && ns <= to && (only === null || subject === only) && (grep === null || grep.test(text));

/** What the run was, above all lines; a search shows what it finds alone. */
const headOf = ({ header }: TraceReader, { grep }: LineFilter): string[] =>
  header === null || grep !== null ? [] : headerLines(header, { ...resolveHostOptions() });

function* conversationText(reader: TraceReader, filter: LineFilter): Generator<string> {
  yield* headOf(reader, filter);
  const conversation = new Conversation();
  for (const record of reader.records()) yield* passing(conversation.lines(record), filter);
  yield* passing(conversation.rest(), filter);
}

function* passing(lines: readonly ConversationLine[], filter: LineFilter): Generator<string> {
  for (const line of lines) {
    const text = lineText(line);
    if (passes(filter, line.ns ?? Number.POSITIVE_INFINITY, line.subject, text)) yield text;
  }
}

function* rawText(reader: TraceReader, filter: LineFilter): Generator<string> {
  for (const line of headOf(reader, filter)) yield `# ${line}`;
  const protocols = new ChannelProtocols();
  for (const record of reader.records()) {
    const subject = record.kind === 'access' ? protocols.of(record) : null;
    const text = rawLine(record);
    if (passes(filter, record.ns ?? Number.POSITIVE_INFINITY, subject, text)) yield text;
  }
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
