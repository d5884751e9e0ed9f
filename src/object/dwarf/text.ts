import type { FormValue } from './forms.ts';
import type { DebugSections } from './sections.ts';
import type { Work } from './work.ts';

/** Longest name that is believed, bytes. */
const LIMIT = 4096;

/** The text of a value that holds one or says where it is; null where there is none, or none that ends. */
export function readText(value: FormValue | undefined, sections: DebugSections, work: Work): string | null {
  if (value?.kind !== 'text' && value?.kind !== 'textOffset') return null;
  const section = value.kind === 'text' ? value.section : sections.get(value.section);
  if (section === null) return null;
  const stop = section.bytes.subarray(value.at, value.at + LIMIT).indexOf(0);
  if (stop < 0) return null;
  work.spend(stop);
  return Buffer.from(section.bytes.buffer, section.bytes.byteOffset + value.at, stop).toString();
}
