import type { ObjectFile } from '../elf/object.ts';
import { type Section, SHT_NOBITS, SHT_NULL } from '../elf/sections.ts';
import { ObjectAddresses } from './addresses.ts';
import { CONTENTS_LIMIT, sectionContents } from './compression.ts';
import type { DebugSection } from './cursor.ts';
import { attempt } from './errors.ts';
import { relocateForReading } from './relocations.ts';

/** The debug sections of an object, each read at its first use. */
export class DebugSections {
  readonly object: ObjectFile;
  readonly addresses: ObjectAddresses;
  /** What was damaged, one sentence each. */
  readonly problems: string[] = [];
  #room = CONTENTS_LIMIT;
  readonly #loaded = new Map<number, DebugSection | null>();

  constructor(object: ObjectFile) {
    this.object = object;
    this.addresses = new ObjectAddresses(object);
  }

  /** Bytes of all debug sections, as they lie in the file. */
  get size(): number {
    return this.object.sections.filter((s) => isDebug(s.name)).reduce((sum, { size }) => sum + size, 0);
  }

  /** The sections of this name, such as `.debug_info`: type units come in several. */
  all(name: string): DebugSection[] {
    const older = name.replace('.debug_', '.zdebug_');
    const { sections, discarded } = this.object;
    return sections
      .filter((section) => section.name === name || section.name === older)
      .filter(({ type, index }) => type !== SHT_NULL && type !== SHT_NOBITS && !discarded.has(index))
      .flatMap((section) => this.#load(section) ?? []);
  }

  /** The one section of this name; null where the object has none. */
  get(name: string): DebugSection | null {
    return this.all(name)[0] ?? null;
  }

  #load(section: Section): DebugSection | null {
    const known = this.#loaded.get(section.index);
    if (known !== undefined) return known;
    const loaded = attempt(this.problems, () => {
      const bytes = sectionContents(this.object, section, this.#room);
      this.#room -= bytes.length;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      relocateForReading(this.object, section, view, this.addresses);
      return { name: section.name, bytes, view };
    });
    this.#loaded.set(section.index, loaded);
    return loaded;
  }
}

function isDebug(name: string): boolean {
  return name.startsWith('.debug_') || name.startsWith('.zdebug_');
}
