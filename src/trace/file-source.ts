import { closeSync, openSync, readSync } from 'node:fs';
import { VmtbenchError } from '../errors.ts';

const CHUNK_SIZE = 64 << 10;

/**
 * The bytes of a file, in chunks that are valid until the next one is asked for. Throws `trace.unreadable`; the file is
 * opened at the first chunk and closed after the last one, or when the reading is given up.
 */
export function* fileChunks(path: string): Generator<Uint8Array, void, undefined> {
  const descriptor = attempt(path, () => openSync(path, 'r'));
  try {
    const buffer = new Uint8Array(CHUNK_SIZE);
    for (;;) {
      const count = attempt(path, () => readSync(descriptor, buffer, 0, CHUNK_SIZE, null));
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}

function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const hint = 'name a file that --trace has written and that you may read';
    throw new VmtbenchError('trace.unreadable', `cannot read the trace ${path}: ${why}`, hint, { cause });
  }
}
