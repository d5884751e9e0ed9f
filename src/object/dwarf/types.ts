import {
  DW_AT_bit_offset,
  DW_AT_bit_size,
  DW_AT_byte_size,
  DW_AT_count,
  DW_AT_data_bit_offset,
  DW_AT_data_member_location,
  DW_AT_declaration,
  DW_AT_signature,
  DW_AT_type,
  DW_AT_upper_bound,
  DW_OP_plus_uconst,
  DW_TAG_array_type,
  DW_TAG_atomic_type,
  DW_TAG_class_type,
  DW_TAG_const_type,
  DW_TAG_member,
  DW_TAG_packed_type,
  DW_TAG_pointer_type,
  DW_TAG_reference_type,
  DW_TAG_restrict_type,
  DW_TAG_rvalue_reference_type,
  DW_TAG_structure_type,
  DW_TAG_subrange_type,
  DW_TAG_typedef,
  DW_TAG_union_type,
  DW_TAG_volatile_type,
} from './constants.ts';
import { Cursor } from './cursor.ts';
import { constantOf, type Entry, flagOf } from './entry.ts';
import { attempt } from './errors.ts';
import { type Member, StructLayout } from './layout.ts';
import type { Unit } from './unit.ts';
import type { NameSpace } from './unit-index.ts';
import type { EntryPlace, Units } from './units.ts';

const STRUCTURES: ReadonlySet<number> = new Set([DW_TAG_structure_type, DW_TAG_class_type, DW_TAG_union_type]);
/** Types that are another one by another name. */
const SAME: ReadonlySet<number> = new Set([
  DW_TAG_typedef,
  DW_TAG_const_type,
  DW_TAG_volatile_type,
  DW_TAG_restrict_type,
  DW_TAG_atomic_type,
  DW_TAG_packed_type,
]);
const POINTERS: ReadonlySet<number> = new Set([
  DW_TAG_pointer_type,
  DW_TAG_reference_type,
  DW_TAG_rvalue_reference_type,
]);
/** Steps from a name to what it stands for. */
const HOP_LIMIT = 64;

/** A type that is found and complete, unless nothing completes it. */
interface Type extends EntryPlace {
  readonly entry: Entry;
}

/** Sizes and layouts of the types of an object. */
export class Types {
  readonly #units: Units;
  readonly #problems: string[];
  readonly #layouts = new Map<Unit, Map<number, StructLayout | null>>();
  /** Of the units looked through so far, the first definition of each name. */
  readonly #known: Readonly<Record<NameSpace, Map<string, EntryPlace>>> = { tag: new Map(), name: new Map() };
  #lookedThrough = 0;

  constructor(units: Units, problems: string[]) {
    this.#units = units;
    this.#problems = problems;
  }

  /** A structure or union by its tag, else by a typedef of it. */
  layout(name: string): StructLayout | null {
    const bare = name.replace(/^(struct|union|class) /, '');
    const tagged = this.#layoutOf(this.#resolve(this.#named('tag', bare)));
    return tagged ?? (bare === name ? this.#layoutOf(this.#resolve(this.#named('name', name))) : null);
  }

  /** Bytes of a type by its name; null where it is not known. */
  size(name: string): number | null {
    const bare = name.replace(/^(struct|union|class|enum) /, '');
    const place = this.#named('tag', bare) ?? (bare === name ? this.#named('name', name) : null);
    return this.#sizeOf(place, 0);
  }

  #named(space: NameSpace, name: string): EntryPlace | null {
    const { all } = this.#units;
    for (; ; this.#lookedThrough++) {
      const place = this.#known[space].get(name);
      const unit = all[this.#lookedThrough];
      if (place !== undefined || unit === undefined) return place ?? null;
      const { types } = this.#units.index(unit);
      for (const each of ['tag', 'name'] as const) {
        for (const [key, found] of types[each]) if (!this.#known[each].has(key)) this.#known[each].set(key, found);
      }
    }
  }

  /** Through typedefs and qualifiers, and from a declaration to the definition, in whichever unit. */
  #resolve(place: EntryPlace | null): Type | null {
    let at = place;
    for (let hops = 0; at !== null && hops < HOP_LIMIT; hops++) {
      const { unit, offset }: EntryPlace = at;
      const entry = attempt(this.#problems, () => unit.entryAt(offset));
      if (entry === null) return null;
      const { attributes, tag } = entry;
      const type = { unit, offset, entry };
      if (attributes.has(DW_AT_signature)) at = this.#units.follow(unit, attributes.get(DW_AT_signature));
      else if (SAME.has(tag)) at = this.#units.follow(unit, attributes.get(DW_AT_type));
      else if (flagOf(entry, DW_AT_declaration)) at = this.#definition(type);
      else return type;
    }
    return null;
  }

  #definition({ unit, entry }: Type): EntryPlace | null {
    const name = unit.name(entry);
    return name === null ? null : this.#named('tag', name);
  }

  #sizeOf(place: EntryPlace | null, depth: number): number | null {
    const type = depth > HOP_LIMIT ? null : this.#resolve(place);
    if (type === null) return null;
    const { unit, entry } = type;
    const said = constantOf(entry, DW_AT_byte_size);
    if (said !== null) return said;
    if (POINTERS.has(entry.tag)) return unit.header.addressSize;
    if (entry.tag !== DW_TAG_array_type) return null;
    const element = this.#sizeOf(this.#units.follow(unit, entry.attributes.get(DW_AT_type)), depth + 1);
    const count = attempt(this.#problems, () => elements(type));
    return element === null || count === null ? null : element * count;
  }

  #layoutOf(type: Type | null): StructLayout | null {
    if (type === null) return null;
    const { unit, offset, entry } = type;
    if (entry.tag === DW_TAG_array_type) {
      return this.#layoutOf(this.#resolve(this.#units.follow(unit, entry.attributes.get(DW_AT_type))));
    }
    if (!STRUCTURES.has(entry.tag)) return null;
    const known = this.#layouts.get(unit) ?? new Map<number, StructLayout | null>();
    this.#layouts.set(unit, known);
    const before = known.get(offset);
    if (before !== undefined) return before;
    const layout = attempt(this.#problems, () => this.#readLayout(type));
    known.set(offset, layout);
    return layout;
  }

  #readLayout({ unit, entry }: Type): StructLayout | null {
    const size = constantOf(entry, DW_AT_byte_size);
    if (size === null) return null;
    const members: Member[] = [];
    for (const child of unit.children(entry)) if (child.tag === DW_TAG_member) members.push(this.#member(unit, child));
    return new StructLayout({ name: unit.name(entry), union: entry.tag === DW_TAG_union_type, size, members });
  }

  #member(unit: Unit, entry: Entry): Member {
    const type = this.#units.follow(unit, entry.attributes.get(DW_AT_type));
    const size = this.#sizeOf(type, 0);
    const bits = bitField(entry, size);
    return {
      name: unit.name(entry),
      offset: bits === null ? (memberOffset(entry) ?? 0) : Math.floor(bits.offset / 8),
      size,
      bits,
      layout: () => this.#layoutOf(this.#resolve(type)),
    };
  }
}

/** Of all dimensions together; 0 where a length is left out, null where it is known only at run time. */
function elements({ unit, entry }: Type): number | null {
  let product = 1;
  for (const child of unit.children(entry)) {
    if (child.tag !== DW_TAG_subrange_type) continue;
    const { attributes } = child;
    if (!attributes.has(DW_AT_count) && !attributes.has(DW_AT_upper_bound)) return 0;
    const upper = constantOf(child, DW_AT_upper_bound);
    const count = constantOf(child, DW_AT_count) ?? (upper === null ? null : upper + 1);
    if (count === null || count < 0) return null;
    product *= count;
  }
  return product;
}

/** DW_AT_data_member_location: a number, or, in DWARF 2, an expression that adds one. */
function memberOffset(entry: Entry): number | null {
  const value = entry.attributes.get(DW_AT_data_member_location);
  if (value?.kind !== 'block') return constantOf(entry, DW_AT_data_member_location);
  const { bytes } = value;
  if (bytes[0] !== DW_OP_plus_uconst) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new Cursor({ name: 'an expression', bytes, view }, 1).uleb();
}

/** Since DWARF 4 bits count from the structure's start; before, from the highest bit of the field's own type. */
function bitField(entry: Entry, size: number | null): Member['bits'] {
  const width = constantOf(entry, DW_AT_bit_size);
  if (width === null) return null;
  const offset = constantOf(entry, DW_AT_data_bit_offset);
  if (offset !== null) return { offset, size: width };
  const storage = 8 * (constantOf(entry, DW_AT_byte_size) ?? size ?? 0);
  const fromTop = constantOf(entry, DW_AT_bit_offset) ?? 0;
  return { offset: 8 * (memberOffset(entry) ?? 0) + storage - fromTop - width, size: width };
}
