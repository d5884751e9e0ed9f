import { expect } from 'vitest';
import { VmtbenchError } from '../../src/errors.ts';
import { Dice } from '../support/dice.ts';

/** What reports a trace's damage: it throws a VmtbenchError or returns the text of the report. */
export interface DamageReader {
  readonly name: string;
  readonly read: (bytes: Uint8Array) => string | null;
}

/** Reads damaged bytes and demands that the damage is reported, and by nothing but an error of ours. */
function report({ name, read }: DamageReader, bytes: Uint8Array, damage: string): void {
  try {
    expect([name, damage, read(bytes)]).toEqual([name, damage, expect.any(String)]);
  } catch (error) {
    if (!(error instanceof VmtbenchError)) throw error;
    expect([name, damage, error.code]).toEqual([name, damage, expect.stringMatching(/^trace\./)]);
  }
}

/** Flips bits, one at a time, chosen by a seed. */
export function flipBits(readers: readonly DamageReader[], trace: Uint8Array, count: number, seed: number): void {
  const dice = new Dice(seed);
  const bytes = Uint8Array.from(trace);
  for (let i = 0; i < count; i += 1) {
    const bit = dice.below(8 * trace.length);
    bytes[bit >>> 3] = (bytes[bit >>> 3] as number) ^ (1 << (bit & 7));
    for (const reader of readers) report(reader, bytes, `bit ${bit}`);
    bytes[bit >>> 3] = trace[bit >>> 3] as number;
  }
}

/** Cuts the trace at every `step`-th byte. */
export function cutAnywhere(readers: readonly DamageReader[], trace: Uint8Array, step: number): void {
  for (let length = 0; length < trace.length; length += step) {
    for (const reader of readers) report(reader, trace.subarray(0, length), `cut at ${length}`);
  }
}
