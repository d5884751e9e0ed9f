import { debugInfoOf } from '../../dwarf/index.ts';
import type { ObjectFile } from '../../elf/object.ts';

/** What the object's own debug information says about the kernel's structures, and else what is known by heart. */
export interface Structures {
  /**
   * Bytes to a field such as `dv_xname` of `device`: what the object says where that leaves 16 bytes of `limit`, else
   * `otherwise`.
   */
  offset<T>(structure: string, field: string, limit: number, otherwise: T): number | T;
  /** Bytes of a type, at most `limit`. */
  size<T>(type: string, limit: number, otherwise: T): number | T;
}

const FIELD_ROOM = 16;

export function structuresOf(object: ObjectFile): Structures {
  const info = debugInfoOf(object);
  return {
    offset: (structure, field, limit, otherwise) => {
      const offset = info.layoutOf(structure)?.offsetOf(field) ?? null;
      return offset !== null && offset >= 0 && offset <= limit - FIELD_ROOM ? offset : otherwise;
    },
    size: (type, limit, otherwise) => {
      const size = info.sizeOf(type);
      return size !== null && size > 0 && size <= limit ? size : otherwise;
    },
  };
}
