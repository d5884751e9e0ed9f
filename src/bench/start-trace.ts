import { createHash } from 'node:crypto';
import type { Plan } from '../judge/index.ts';
import { TraceRecorder, type TraceSink, TraceWriter } from '../trace/index.ts';
import type { Bench } from './bench.ts';

/**
 * Stores every access of a bench, and what happens in between, from now on. The header has all that repeats the run.
 * @param bytes of the object's file.
 */
export function startTrace(bench: Bench, sink: TraceSink, bytes: Uint8Array, plan: Plan): void {
  const { name, machine } = bench.guest.object;
  const { kernel, events, faults, preemptions, seed } = plan;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const writer = new TraceWriter(sink, {
    object: { name, sha256, machine },
    kernel,
    host: { ...bench.host.options },
    events,
    faults,
    ...(preemptions === undefined ? {} : { preemptions }),
    seed,
  });
  bench.trace = { recorder: new TraceRecorder(writer, () => bench.now), writer };
}
