import {
  DW_AT_declaration,
  DW_TAG_base_type,
  DW_TAG_class_type,
  DW_TAG_enumeration_type,
  DW_TAG_inlined_subroutine,
  DW_TAG_structure_type,
  DW_TAG_subprogram,
  DW_TAG_typedef,
  DW_TAG_union_type,
  DW_TAG_variable,
} from './constants.ts';
import { type Entry, flagOf } from './entry.ts';
import { attempt } from './errors.ts';
import { type AddressRange, rangesOf } from './ranges.ts';
import type { Unit } from './unit.ts';
import type { EntryPlace } from './units.ts';
import { addressOf } from './variables.ts';

/** A function, or one inlined into another, and the code that it covers. */
export interface Scope {
  readonly place: EntryPlace;
  /** Of nesting: the deepest scope is the innermost. */
  readonly depth: number;
  readonly inlined: boolean;
  readonly ranges: readonly AddressRange[];
}

/** What a name may stand for: C keeps the tags of structures apart from other names. */
export type NameSpace = 'tag' | 'name';

const SPACES: Readonly<Record<number, NameSpace>> = {
  [DW_TAG_structure_type]: 'tag',
  [DW_TAG_class_type]: 'tag',
  [DW_TAG_union_type]: 'tag',
  [DW_TAG_enumeration_type]: 'tag',
  [DW_TAG_typedef]: 'name',
  [DW_TAG_base_type]: 'name',
};

/** What a unit defines: its functions, its named types and the variables that stay in one place. */
export class UnitIndex {
  readonly scopes: Scope[] = [];
  /** By address, which two variables share where one lies in memory that starts as zero. */
  readonly variables: Map<bigint, EntryPlace[]> = new Map();
  /** The outermost definition of each name. */
  readonly types: Readonly<Record<NameSpace, Map<string, EntryPlace>>> = { tag: new Map(), name: new Map() };

  /** Reads the whole unit; of a damaged one, what comes before the damage. */
  constructor(unit: Unit) {
    const { problems } = unit.sections;
    const depths = new Map<string, number>();
    attempt(problems, () => {
      for (const { entry, depth } of unit.walk()) {
        const { tag } = entry;
        const space = SPACES[tag];
        if (space !== undefined) this.#addType(unit, entry, space, depth, depths);
        else if (tag === DW_TAG_variable) this.#addVariable(unit, entry);
        else if (tag === DW_TAG_subprogram || tag === DW_TAG_inlined_subroutine) {
          const ranges = attempt(problems, () => rangesOf(unit, entry)) ?? [];
          const place = { unit, offset: entry.offset };
          if (ranges.length > 0) this.scopes.push({ place, depth, inlined: tag !== DW_TAG_subprogram, ranges });
        }
      }
    });
  }

  /** The scopes around an address, outermost first. */
  scopesAt(address: bigint): Scope[] {
    const around = this.scopes.filter(({ ranges }) => ranges.some((r) => address >= r.start && address < r.end));
    return around.sort((a, b) => a.depth - b.depth);
  }

  #addVariable(unit: Unit, entry: Entry): void {
    const address = attempt(unit.sections.problems, () => addressOf(unit, entry));
    if (address === null) return;
    const place = { unit, offset: entry.offset };
    const known = this.variables.get(address);
    if (known === undefined) this.variables.set(address, [place]);
    else known.push(place);
  }

  #addType(unit: Unit, entry: Entry, space: NameSpace, depth: number, depths: Map<string, number>): void {
    const name = flagOf(entry, DW_AT_declaration) ? null : unit.name(entry);
    if (name === null) return;
    const key = `${space} ${name}`;
    if ((depths.get(key) ?? Number.POSITIVE_INFINITY) <= depth) return;
    depths.set(key, depth);
    this.types[space].set(name, { unit, offset: entry.offset });
  }
}
