import { type AccessRecord, Conversation, TraceReader } from '../trace/index.ts';

/** One line of the conversation of guest and host. */
export interface TranscriptLine {
  /** Virtual nanoseconds of the access that completed it. */
  readonly at: number;
  /** As `vmtbench trace` prints it, without its time: `TCLO #0 > "OK ATR toolbox"`. */
  readonly text: string;
  /** The guest's instruction. */
  readonly pc: bigint;
}

/** The line of `vmtbench trace` for a long silence: a transcript leaves it out. */
const IDLE = /^[^"]* (idle: .*|> empty|< no message)$/;

/** The conversation in a trace: messages whole, commands, refusals. Silence, the console and events are not in it. */
export function transcriptOf(trace: Uint8Array): TranscriptLine[] {
  const conversation = new Conversation();
  return [...new TraceReader([trace]).records()].flatMap((record) => {
    const lines = conversation.add(record);
    return record.kind === 'access' ? transcriptLines(lines, record) : [];
  });
}

function transcriptLines(lines: readonly string[], { ns: at, pc }: AccessRecord): TranscriptLine[] {
  return lines
    .map((line) => line.replace(/^ *[\d.]+s {2}/, ''))
    .filter((text) => !IDLE.test(text))
    .map((text) => ({ at, text, pc: BigInt(pc) }));
}
