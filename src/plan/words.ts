import { VmtbenchError } from '../errors.ts';

/** A word of a fault's or event's line: `key=value` or a bare word; a value may be in double quotes. */
export interface Word {
  readonly key: string | null;
  readonly value: string;
}

/**
 * Splits a line at blanks. In double quotes blanks are kept, and backslash escapes a quote or itself.
 * @throws VmtbenchError `words` for a quote that does not end.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  const pattern = /([A-Za-z][\w.]*)=(?=\s|$)|(?:([A-Za-z][\w.]*)=)?(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)|(\S+)/g;
  for (const [, empty, key, quoted, bare, odd] of line.matchAll(pattern)) {
    if (odd !== undefined) {
      throw new VmtbenchError(
        'words',
        `cannot read ${odd} in "${line}"`,
        'A quoted value is key="text", with its quote closed.',
      );
    }
    words.push({
      key: key ?? empty ?? null,
      value: quoted === undefined ? (bare ?? '') : quoted.replaceAll(/\\(.)/g, '$1'),
    });
  }
  return words;
}
