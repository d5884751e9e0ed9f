import { VmtbenchError } from '../../errors.ts';

const HINT = 'The object runs without it; compile with -g again to have source lines.';

/** Debug information that cannot be what a compiler wrote. Caught inside this room: it costs lines, never a run. */
export function damaged(what: string): VmtbenchError {
  return new VmtbenchError('dwarf.damaged', `debug information: ${what}`, HINT);
}

/** Runs a piece of reading; where the information is damaged, tells `problems` and gives null. */
export function attempt<T>(problems: string[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof VmtbenchError)) throw error;
    if (problems.length < 32 && !problems.includes(error.message)) problems.push(error.message);
    return null;
  }
}
