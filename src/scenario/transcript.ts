import { Conversation, TraceReader, type TraceRecord } from '../trace/index.ts';

/** Something that guest and host said to each other, or did. */
export interface TranscriptLine {
  /** Virtual nanoseconds of the access that completed it. */
  readonly at: number;
  /** As `vmtbench trace` prints it, without its time: `TCLO #0 > "OK ATR toolbox"`. */
  readonly text: string;
  /** The guest's instruction. */
  readonly pc: bigint;
}

/** What `vmtbench trace` tells of a long silence: how long it was is nobody's business here. */
const IDLE = /^[^"]* (idle: .*|> empty|< no message)$/;

/** The conversation in a trace: messages whole, commands, refusals. Silence, the console and events are not in it. */
export function transcriptOf(trace: Uint8Array): TranscriptLine[] {
  const conversation = new Conversation();
  return [...new TraceReader([trace]).records()].flatMap((record) => {
    const lines = conversation.add(record);
    return record[0] === 'a' ? transcriptLines(lines, record) : [];
  });
}

function transcriptLines(
  lines: readonly string[],
  record: Extract<TraceRecord, readonly ['a', ...unknown[]]>,
): TranscriptLine[] {
  const [, at, pc] = record;
  return lines
    .map((line) => line.replace(/^ *[\d.]+s {2}/, ''))
    .filter((text) => !IDLE.test(text))
    .map((text) => ({ at, text, pc: BigInt(pc) }));
}
