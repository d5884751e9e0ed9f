import { DW_AT_comp_dir, DW_AT_stmt_list } from './constants.ts';
import type { DebugSection } from './cursor.ts';
import { offsetOf } from './entry.ts';
import { attempt } from './errors.ts';
import type { FormValue } from './forms.ts';
import { type AddressRange, rangesOf } from './ranges.ts';
import type { DebugSections } from './sections.ts';
import { readUnitHeaders, Unit } from './unit.ts';
import { UnitIndex } from './unit-index.ts';
import type { Work } from './work.ts';

/** One entry, wherever it is. */
export interface EntryPlace {
  readonly unit: Unit;
  readonly offset: number;
}

/** All units of an object. Each is read when something is asked of it. */
export class Units {
  readonly all: readonly Unit[];
  readonly #sections: DebugSections;
  /** Ascending. */
  readonly #bySection = new Map<DebugSection, Unit[]>();
  readonly #bySignature = new Map<bigint, EntryPlace>();
  readonly #indexes = new Map<Unit, UnitIndex>();
  readonly #ranges = new Map<Unit, readonly AddressRange[]>();

  constructor(sections: DebugSections, work: Work) {
    this.#sections = sections;
    const found = [...sections.all('.debug_info'), ...sections.all('.debug_types')].flatMap((section) =>
      readUnitHeaders(section, (read) => attempt(sections.problems, read)),
    );
    this.all = found.map((header) => new Unit(header, sections, work));
    for (const unit of this.all) {
      const { type, section } = unit.header;
      const neighbours = this.#bySection.get(section);
      if (neighbours === undefined) this.#bySection.set(section, [unit]);
      else neighbours.push(unit);
      if (type !== null) this.#bySignature.set(type.signature, { unit, offset: type.offset });
    }
  }

  index(unit: Unit): UnitIndex {
    const index = this.#indexes.get(unit) ?? new UnitIndex(unit);
    this.#indexes.set(unit, index);
    return index;
  }

  /** The units whose code may hold the address: one that does not say what it covers may hold all. */
  covering(address: bigint): Unit[] {
    return this.all.filter((unit) => {
      if (unit.header.type !== null) return false;
      const ranges = this.#ranges.get(unit) ?? attempt(this.#sections.problems, () => rangesOf(unit, unit.root)) ?? [];
      this.#ranges.set(unit, ranges);
      return ranges.length === 0 || ranges.some(({ start, end }) => address >= start && address < end);
    });
  }

  /** By the offset of its line table, the directory that a unit was compiled in. */
  directories(): Map<number, string> {
    const directories = new Map<number, string>();
    for (const unit of this.all) {
      attempt(this.#sections.problems, () => {
        const table = offsetOf(unit.root, DW_AT_stmt_list);
        const directory = unit.text(unit.root.attributes.get(DW_AT_comp_dir));
        if (table !== null && directory !== null) directories.set(table, directory);
      });
    }
    return directories;
  }

  /** What a reference points at; null where that is nothing, or in another file. */
  follow(from: Unit, value: FormValue | undefined): EntryPlace | null {
    if (value?.kind === 'signature') return this.#bySignature.get(value.value) ?? null;
    if (value?.kind === 'unitReference') return inside(from, from.header.offset + value.value);
    if (value?.kind !== 'reference') return null;
    const { section } = from.header;
    const unit = this.#unitAt(section, value.value);
    return unit === null ? null : inside(unit, value.value);
  }

  #unitAt(section: DebugSection, offset: number): Unit | null {
    const units = this.#bySection.get(section) ?? [];
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((units[middle]?.header.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return units[low - 1] ?? null;
  }
}

function inside(unit: Unit, offset: number): EntryPlace | null {
  return offset >= unit.header.entries && offset < unit.header.end ? { unit, offset } : null;
}
