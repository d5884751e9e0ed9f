import { VmtbenchError } from '../../errors.ts';

const DAMAGED = 'The file is damaged or was cut off: compile or copy it again.';

/** The file promises bytes that it does not have. */
export function truncated(name: string, what: string, offset: number | bigint, size: number | bigint): VmtbenchError {
  const message = `${name}: ${what} needs ${size} bytes at offset ${offset}, which lie outside the file`;
  return new VmtbenchError('elf.truncated', message, DAMAGED);
}

/** A field has a value that no assembler or linker writes. */
export function malformed(name: string, what: string): VmtbenchError {
  return new VmtbenchError('elf.malformed', `${name}: ${what}`, DAMAGED);
}
