/** A field of a structure. */
export interface Member {
  /** null: an anonymous structure or union, whose members count as the outer one's. */
  readonly name: string | null;
  /** Bytes from the start of the structure; of a bit-field, where its first bit lies. */
  readonly offset: number;
  /** Bytes of its type; null where the type is not complete. 0 for an array without a length. */
  readonly size: number | null;
  /** Of a bit-field: bits from the start of the structure, lowest first, and how many. */
  readonly bits: { readonly offset: number; readonly size: number } | null;
  /** Its own members, if it is a structure, a union, or an array of such. */
  readonly layout: () => StructLayout | null;
}

/** How deep structures may lie in each other. */
const DEPTH_LIMIT = 32;
/** Anonymous structures that one search looks into. */
const SEARCH_LIMIT = 4096;

/** Where the fields of a structure or union lie. */
export class StructLayout {
  /** null: an anonymous one. */
  readonly name: string | null;
  readonly union: boolean;
  /** Bytes. */
  readonly size: number;
  readonly members: readonly Member[];

  constructor(parts: Pick<StructLayout, 'name' | 'union' | 'size' | 'members'>) {
    this.name = parts.name;
    this.union = parts.union;
    this.size = parts.size;
    this.members = parts.members;
  }

  /** A field by name, `outer.inner` for one in a nested structure, its offset from this one's start. */
  member(path: string): Member | null {
    let layout: StructLayout | null = this;
    let found: Member | null = null;
    for (const name of path.split('.')) {
      const member: Member | null = layout === null ? null : find(layout, name, 0, { left: SEARCH_LIMIT });
      if (member === null) return null;
      found = shifted(member, found?.offset ?? 0);
      layout = member.layout();
    }
    return found;
  }

  /** Bytes from the start to a field; null where there is no such field. */
  offsetOf(path: string): number | null {
    return this.member(path)?.offset ?? null;
  }
}

function find(layout: StructLayout, name: string, depth: number, search: { left: number }): Member | null {
  const direct = layout.members.find((member) => member.name === name);
  if (direct !== undefined || depth > DEPTH_LIMIT) return direct ?? null;
  for (const member of layout.members) {
    const inner = member.name === null && search.left-- > 0 ? member.layout() : null;
    const found = inner === null ? null : find(inner, name, depth + 1, search);
    if (found !== null) return shifted(found, member.offset);
  }
  return null;
}

function shifted(member: Member, by: number): Member {
  const { bits } = member;
  return {
    ...member,
    offset: member.offset + by,
    bits: bits === null ? null : { ...bits, offset: bits.offset + 8 * by },
  };
}
