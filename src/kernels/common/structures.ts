import { debugInfoOf, type ObjectFile, type StructLayout } from '../../object/index.ts';

/** What the object's own debug information says about the kernel's structures, and else what is known by heart. */
export interface Structures {
  /**
   * Bytes to a field such as `dv_xname` of `device`: what the object says where that leaves 16 bytes of `limit`, else
   * `otherwise`. Releases may have several names for it: the first that is there counts.
   */
  offset<T>(structure: string, field: string | readonly string[], limit: number, otherwise: T): number | T;
  /** Bytes of a structure, at most `limit`. */
  size<T>(structure: string, limit: number, otherwise: T): number | T;
  /** The offsets of a table's fields, each with the name that the object may know it by. */
  offsets<F extends string>(
    structure: string,
    fields: FieldNames<F>,
    limit: number,
    otherwise: Readonly<Record<NoInfer<F>, number>>,
  ): Readonly<Record<F, number>>;
  /** The same of a structure that is to be written: null for a field that the object's own structure does not have. */
  places<F extends string>(
    structure: string,
    fields: FieldNames<F>,
    limit: number,
    otherwise: Readonly<Record<NoInfer<F>, number>>,
  ): Readonly<Record<F, number | null>>;
}

type FieldNames<F extends string> = Readonly<Record<F, string | readonly string[]>>;

const FIELD_ROOM = 16;

/** What was asked of an object stays known: each guest of it asks the same. */
const known = new WeakMap<ObjectFile, Structures>();

export function structuresOf(object: ObjectFile): Structures {
  const structures = known.get(object) ?? readStructures(object);
  known.set(object, structures);
  return structures;
}

function readStructures(object: ObjectFile): Structures {
  const info = debugInfoOf(object);
  const layouts = new Map<string, StructLayout | null>();
  const layoutOf = (name: string): StructLayout | null => {
    const layout = layouts.get(name);
    if (layout !== undefined) return layout;
    layouts.set(name, info.layoutOf(name));
    return layouts.get(name) ?? null;
  };
  const offset: Structures['offset'] = (structure, field, limit, otherwise) => {
    const layout = layoutOf(structure);
    for (const name of typeof field === 'string' ? [field] : field) {
      const found = layout?.offsetOf(name) ?? null;
      if (found !== null && found >= 0 && found <= limit - FIELD_ROOM) return found;
    }
    return otherwise;
  };
  const each = <F extends string, T>(fields: FieldNames<F>, find: (field: F) => T): Record<F, T> => {
    const found = {} as Record<F, T>;
    for (const key in fields) found[key] = find(key);
    return found;
  };
  return {
    offset,
    size: (structure, limit, otherwise) => {
      const size = layoutOf(structure)?.size ?? null;
      return size !== null && size > 0 && size <= limit ? size : otherwise;
    },
    offsets: (structure, fields, limit, otherwise) => {
      return each(fields, (key) => offset(structure, fields[key], limit, otherwise[key]));
    },
    places: (structure, fields, limit, otherwise) => {
      const own = layoutOf(structure) !== null;
      return each(fields, (key) => offset(structure, fields[key], limit, own ? null : otherwise[key]));
    },
  };
}
