import { parseInterface } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { type PlainData, type TraceHeader, TraceReader, type TraceRecord } from '../trace/index.ts';
import { defineScenario } from './file/parse.ts';
import type { Scenario, ScenarioInput } from './file/scenario.ts';

/** A whole trace: of a damaged one only {@link readTrace}'s error is left. */
export interface WholeTrace {
  readonly header: TraceHeader;
  readonly records: readonly TraceRecord[];
  /** Virtual nanoseconds of the end; in version 1, of the last record. */
  readonly until: number;
}

/**
 * Reads a trace to its end.
 * @throws VmtbenchError `trace.cutOff`, `trace.corrupt` for a damaged one, and what `TraceReader` throws.
 */
export function readTrace(chunks: Iterable<Uint8Array>, name: string): WholeTrace {
  const reader = new TraceReader(chunks, name);
  const records = [...reader.records()];
  const { header, verdict } = reader;
  if (header !== null && verdict?.state === 'complete') {
    return { header, records, until: records.reduce((last, { ns }) => Math.max(last, ns ?? 0), 0) };
  }
  const { state, at, reason } = verdict === null || verdict.state === 'complete' ? NO_VERDICT : verdict;
  const what = state === 'cutOff' ? 'is cut off' : 'is corrupt';
  const hint = 'vmtbench trace prints what stands before it; run vmtbench again for a whole trace';
  throw new VmtbenchError(`trace.${state}`, `the trace ${name} ${what} at byte ${at}: ${reason}`, hint);
}

const NO_VERDICT = { state: 'corrupt', at: 0, reason: 'it has no header' } as const;

/**
 * What repeats the run of a trace, all but its object and what {@link TraceHeader} says of the guest itself.
 * @throws VmtbenchError `trace.header` for values that this vmtbench does not know.
 */
export function scenarioOfTrace({ header, until }: WholeTrace): Scenario {
  const { kernel, host, machine = {}, interfaces, budget = {}, events, faults, preemptions = [], seed } = header;
  try {
    const input = {
      kernel,
      host,
      machine: {
        ...machine,
        ...(interfaces === undefined || interfaces.length === 0
          ? {}
          : { interfaces: texts(interfaces).map(parseInterface) }),
      },
      for: header.for ?? `${until / 1e9}s`,
      seed,
      events: texts(events),
      faults: texts(faults),
      preemptions: texts(preemptions),
      expect: texts(header.expect ?? []),
      budget,
    };
    return defineScenario(input as unknown as ScenarioInput);
  } catch (cause) {
    if (!(cause instanceof VmtbenchError)) throw cause;
    const message = `the header of the trace: ${cause.message}`;
    throw new VmtbenchError('trace.header', message, 'Use the vmtbench that wrote it.', { cause });
  }
}

const texts = (values: readonly PlainData[]): string[] => values.map(String);
