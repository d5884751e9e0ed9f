/**
 * Misuse of the library or unusable input: what went wrong, and what to do about it. A guest's misbehaviour is
 * never one of these, it is a finding.
 */
export class VmtbenchError extends Error {
  /** Stable, machine-readable name of the error, for example `elf.truncated`. */
  readonly code: string;
  /** One sentence: what to do next. */
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'VmtbenchError';
    this.code = code;
    this.hint = hint;
  }
}
