import type { ObjectFile } from '../object/index.ts';
import { similar } from '../similar.ts';

/** What to do about a symbol that an object does not have. */
export function symbolHint(name: string, { symbols }: ObjectFile): string {
  const near = similar(name, new Set(symbols.map((symbol) => symbol.name)));
  return `${near === null ? '' : `Did you mean ${near}? `}List its symbols with nm.`;
}
