import type { ObjectFile } from '../elf/object.ts';
import { attempt } from './errors.ts';
import { callSite, functionName } from './functions.ts';
import type { StructLayout } from './layout.ts';
import { type LinePlace, type LineRow, LineTable } from './line-table.ts';
import type { AddressRange } from './ranges.ts';
import { DebugSections } from './sections.ts';
import { Types } from './types.ts';
import { Units } from './units.ts';
import { definitionOf } from './variables.ts';
import { Work } from './work.ts';

/** A line of the source in the function that it is written in. */
export interface SourcePlace extends LinePlace {
  readonly function: string | null;
  /** `vmt_tclo.c:123`: the shortest tail of the path that no other file of the object has. */
  readonly text: string;
}

/** A line of the source, for people and for tools. */
export interface SourceLine extends SourcePlace {
  /** Of code inlined into another function: the calls that it stands for, innermost first. */
  readonly calledFrom: readonly SourcePlace[];
}

/** A function around an address, and all of its code there: of one that is inlined, of this copy. */
export interface CodeScope {
  readonly function: string | null;
  /** Offsets in the section, the end exclusive. */
  readonly code: readonly { readonly start: number; readonly end: number }[];
}

/** The functions around an address. */
export interface FunctionPlace {
  /** The one that was called. */
  readonly name: string;
  /** Those inlined into it here, innermost last. */
  readonly inlined: readonly string[];
}

interface Around {
  readonly name: string | null;
  readonly call: LinePlace | null;
  readonly ranges: readonly AddressRange[];
}

/**
 * The debug information of an object: lines, functions, structures (DWARF 2 to 5). Each part is read at its first use
 * and kept. An object without debug information gives no answers; damage is listed in `problems` and costs the answers
 * that it touches. Nothing here throws.
 *
 * Places are given as a section's index and an offset in it: where a loader puts the section does not matter.
 */
export class DebugInfo {
  readonly #sections: DebugSections;
  readonly #work: Work;
  #units: Units | null = null;
  #lines: LineTable | null = null;
  #types: Types | null = null;

  constructor(object: ObjectFile) {
    this.#sections = new DebugSections(object);
    this.#work = new Work(this.#sections.size);
  }

  /** The damage in the parts read so far, one sentence each. */
  get problems(): readonly string[] {
    return this.#sections.problems;
  }

  /** The line that the instruction at (or around) this place comes from. */
  lineAt(section: number, offset: number): SourceLine | null {
    const address = this.#address(section, offset);
    const place = address === null ? null : this.#lineTable().at(address);
    if (address === null || place === null) return null;
    const scopes = this.#scopes(address).reverse();
    const functions = scopes.map(({ name }) => name);
    const calledFrom = scopes.flatMap(({ call }, index) =>
      call === null ? [] : this.#place(call, functions[index + 1] ?? null),
    );
    return { ...this.#place(place, functions[0] ?? null), calledFrom };
  }

  /** The functions around a place, innermost first, in the order of {@link SourceLine} and its `calledFrom`. */
  scopesAt(section: number, offset: number): CodeScope[] {
    const address = this.#address(section, offset);
    if (address === null) return [];
    const start = address - BigInt(offset);
    const from = ({ start: at, end }: AddressRange) => ({ start: Number(at - start), end: Number(end - start) });
    const scopes = this.#scopes(address).map(({ name, ranges }) => ({ function: name, code: ranges.map(from) }));
    return scopes.reverse();
  }

  functionAt(section: number, offset: number): FunctionPlace | null {
    const address = this.#address(section, offset);
    const [name, ...inlined] = address === null ? [] : this.#scopes(address).flatMap((scope) => scope.name ?? []);
    return name === undefined ? null : { name, inlined };
  }

  /** Where the variable of this name (`table`, or a function's own `table.1`) at this place is defined. */
  variableAt(section: number, offset: number, symbol: string): SourcePlace | null {
    this.#work.refill();
    const address = this.#address(section, offset);
    if (address === null) return null;
    const wanted = symbol.replace(/\.\d+$/, '');
    const units = this.#allUnits();
    const { problems } = this.#sections;
    for (const unit of units.all) {
      for (const place of units.index(unit).variables.get(address) ?? []) {
        const found = attempt(problems, () => definitionOf(units, place, this.#lineTable()));
        if (found?.name === wanted) return this.#place(found, null);
      }
    }
    return null;
  }

  /** Every row of the line tables in this section, with its offset there. */
  *rows(section: number): Generator<LineRow & { readonly offset: number }> {
    const start = this.#sections.addresses.start(section);
    const size = this.#sections.object.sections[section]?.size ?? 0;
    if (start === null) return;
    for (const row of this.#lineTable().rows(start, start + BigInt(size))) {
      yield { ...row, offset: Number(row.address - start) };
    }
  }

  /** The members of `NAME`, `struct NAME`, `union NAME` or of a structure behind a typedef. */
  layoutOf(name: string): StructLayout | null {
    return this.#typesOf().layout(name);
  }

  /** Bytes of a type by its name: `time_t`, `struct device`. */
  sizeOf(name: string): number | null {
    return this.#typesOf().size(name);
  }

  #address(section: number, offset: number): bigint | null {
    const start = this.#sections.addresses.start(section);
    return start === null ? null : start + BigInt(offset);
  }

  #place({ file, line }: LinePlace, name: string | null): SourcePlace {
    return { file, line, function: name, text: `${this.#lineTable().shorten(file)}:${line}` };
  }

  /** The functions around an address, outermost first, and where each inlined one is called. */
  #scopes(address: bigint): Around[] {
    this.#work.refill();
    const units = this.#allUnits();
    const { problems } = this.#sections;
    for (const unit of units.covering(address)) {
      const scopes = units.index(unit).scopesAt(address);
      if (scopes.length === 0) continue;
      return scopes.map(({ place, inlined, ranges }) => ({
        ranges,
        name: attempt(problems, () => functionName(units, place)),
        call: inlined ? attempt(problems, () => callSite(place, this.#lineTable())) : null,
      }));
    }
    return [];
  }

  #allUnits(): Units {
    this.#units ??= new Units(this.#sections, this.#work);
    return this.#units;
  }

  #lineTable(): LineTable {
    if (this.#lines === null) {
      this.#work.refill();
      const texts = { sections: this.#sections, work: this.#work };
      this.#lines = new LineTable(texts, this.#allUnits().directories());
    }
    return this.#lines;
  }

  #typesOf(): Types {
    this.#work.refill();
    this.#types ??= new Types(this.#allUnits(), this.#sections.problems);
    return this.#types;
  }
}

const KNOWN = new WeakMap<ObjectFile, DebugInfo>();

/** The debug information of an object; the same for all guests that are made of it. */
export function debugInfoOf(object: ObjectFile): DebugInfo {
  const info = KNOWN.get(object) ?? new DebugInfo(object);
  KNOWN.set(object, info);
  return info;
}
