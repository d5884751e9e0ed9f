import { readSync, writeSync } from 'node:fs';
import { VmtbenchError } from '../../errors.ts';
import { COUNTERS } from '../feedback.ts';
import { fuzzAddon } from './native.ts';

/**
 * A persistent fork server of AFL++, which never forks: each input runs in this process. Source: AFL++'s
 * `instrumentation/README.persistent_mode.md`, `include/types.h` and `src/afl-forkserver.c`, version 4.
 */

/** Where afl-fuzz writes, and where it reads. */
const CONTROL = 198;
const STATUS = 199;

const OPTIONS_ENABLED = 0x80000001;
const OPTION_MAP_SIZE = 0x40000000;
const OPTION_SHARED_INPUT = 0x01000000;

/** A wait status: exited with 0, or killed by SIGABRT. */
const FINE = 0;
const ABORTED = 6;

/** The memory that afl-fuzz shares with its target. */
export interface AflMemory {
  /** Its map of counters: at least {@link COUNTERS}. */
  readonly map: Uint8Array;
  /** Four bytes of length, then the input. */
  readonly input: Uint8Array;
}

/** The shared memory that the environment names. @throws VmtbenchError `fuzz.afl` where afl-fuzz is not the parent. */
export function attachAfl(env: NodeJS.ProcessEnv): AflMemory {
  const map = attach(env.__AFL_SHM_ID);
  const input = attach(env.__AFL_SHM_FUZZ_ID);
  if (map !== null && input !== null && map.length >= COUNTERS) return { map: map.subarray(0, COUNTERS), input };
  throw new VmtbenchError('fuzz.afl', 'afl-fuzz did not start this process', 'Use vmtbench fuzz OBJECT --engine afl.');
}

function attach(id: string | undefined): Uint8Array | null {
  return id === undefined ? null : fuzzAddon().attachShared(Number(id));
}

/** Bytes of a map that AFL++ takes. */
const MAP_UNIT = 64;
export const AFL_MAP_SIZE: number = Math.ceil(COUNTERS / MAP_UNIT) * MAP_UNIT;

/** Serves until afl-fuzz closes its end. @param execute returns whether the input is a crash to AFL++. */
export function serveAfl({ input }: AflMemory, execute: (input: Uint8Array) => boolean): void {
  const size = new DataView(input.buffer, input.byteOffset, 4);
  tell((OPTIONS_ENABLED | OPTION_MAP_SIZE | OPTION_SHARED_INPUT | ((AFL_MAP_SIZE - 1) << 1)) >>> 0);
  // What afl-fuzz takes of the options.
  if (hear() === null) return;
  while (hear() !== null) {
    tell(process.pid);
    const length = Math.min(size.getUint32(0, true), input.length - 4);
    tell(execute(input.slice(4, 4 + length)) ? ABORTED : FINE);
  }
}

function tell(word: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word);
  writeSync(STATUS, bytes);
}

function hear(): number | null {
  const bytes = Buffer.alloc(4);
  try {
    return readSync(CONTROL, bytes) === 4 ? bytes.readUInt32LE() : null;
  } catch {
    return null;
  }
}
