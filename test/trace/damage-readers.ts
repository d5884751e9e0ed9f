import { readTrace, scenarioOfTrace } from '../../src/scenario/index.ts';
import { Conversation, rawLine, TraceReader, type TraceRecord } from '../../src/trace/index.ts';
import type { DamageReader } from './damage.ts';

/** Reads to the end, as a command does. @returns the verdict, where it is not that the trace is complete */
function readAll(bytes: Uint8Array, use: (record: TraceRecord) => void): string | null {
  const reader = new TraceReader([bytes], 'x.vmtrace');
  for (const record of reader.records()) use(record);
  return reader.verdict === null || reader.verdict.state === 'complete' ? null : reader.verdict.reason;
}

/** Everything that reads traces. */
export const DAMAGE_READERS: readonly DamageReader[] = [
  {
    name: 'conversation',
    read: (bytes) => {
      const conversation = new Conversation();
      const reason = readAll(bytes, (record) => conversation.add(record));
      conversation.end();
      return reason;
    },
  },
  {
    name: 'replay and diff',
    read: (bytes) => {
      scenarioOfTrace(readTrace([bytes], 'x.vmtrace'));
      return null;
    },
  },
  { name: 'raw lines', read: (bytes) => readAll(bytes, rawLine) },
];
