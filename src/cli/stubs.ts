import { VmtbenchError } from '../errors.ts';
import { type BoundStub, defineStub, type GuestOptions } from '../guest/index.ts';
import { parseBytes, parseNumber } from './arguments.ts';

/**
 * Reads `--stub` words: `name=123` is a function that returns it, `name=buf:64`, `name=hex:00ff` and `name="text"` are
 * data.
 * @throws VmtbenchError `stub`
 */
export function parseStubs(words: readonly string[]): Required<Pick<GuestOptions, 'stubs' | 'data'>> {
  const stubs = new Map<string, BoundStub>();
  const data = new Map<string, Uint8Array>();
  for (const word of words) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || value === undefined || value === '') {
      const hint = 'Write --stub name=0 for a function, --stub name=buf:64, hex:00ff or "text" for data.';
      throw new VmtbenchError('stub', `"${word}" is no stub`, hint);
    }
    const number = parseNumber(value);
    if (number === null) data.set(name, parseBytes(value));
    else
      stubs.set(
        name,
        defineStub(name, 'i64', [], () => number),
      );
  }
  return { stubs, data };
}
