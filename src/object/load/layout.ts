import { VmtbenchError } from '../../errors.ts';
import { alignUp, PAGE_SIZE, type Protection } from '../../memory.ts';
import { malformed } from '../elf/errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import { type Section, SHF_ALLOC, SHF_EXECINSTR, SHF_TLS, SHF_WRITE, SHT_NOBITS } from '../elf/sections.ts';

import { IMAGE_LIMIT } from './image.ts';

/** Where the loaded sections of a relocatable object go. */
export interface Layout {
  readonly groups: readonly Group[];
  /** Address of each loaded section, by section index. */
  readonly sections: ReadonlyMap<number, bigint>;
  /** Address of each COMMON symbol, by symbol index. */
  readonly commons: ReadonlyMap<number, bigint>;
  readonly got: bigint;
  /** The thread-local block, its sections' addresses counted from its start; null if there is none. */
  readonly tls: (Group & { readonly align: number; readonly offsets: ReadonlyMap<number, bigint> }) | null;
}

/** Sections of one protection, side by side. */
export interface Group {
  readonly protection: Protection;
  readonly address: bigint;
  readonly size: number;
  readonly sections: readonly Section[];
}

/** Bytes between two sections of data, and around each COMMON symbol, that belong to nobody. */
const RED_ZONE = 32n;

const ORDER: readonly Protection[] = ['rx', 'rwx', 'r', 'rw'];

/**
 * Decides the addresses: code, read-only data with the GOT, data, then what starts as zero. Between two groups stays
 * a page that is not mapped, and between two pieces of data a red zone, so that running over the end of one is seen.
 */
export function layOut(object: ObjectFile, base: bigint, gotBytes: number): Layout {
  const kept = object.sections.filter((s) => (s.flags & SHF_ALLOC) !== 0 && !object.discarded.has(s.index));
  const loaded = kept.filter(({ flags }) => (flags & SHF_TLS) === 0);
  const sections = new Map<number, bigint>();
  const commons = new Map<number, bigint>();
  const groups: Group[] = [];
  let got = base;
  let cursor = base;
  const place = (size: number, align: number): bigint => {
    const address = alignUp(cursor, align);
    cursor = address + BigInt(size);
    if (cursor - base > BigInt(IMAGE_LIMIT)) throw tooBig(object);
    return address;
  };
  for (const protection of ORDER) {
    const members = loaded.filter((section) => protectionOf(section) === protection).sort(zeroesLast);
    const start = cursor;
    const apart = (): void => {
      if (!protection.includes('x') && cursor !== start) cursor += RED_ZONE;
    };
    for (const [index, section] of members.entries()) {
      if (section.size > 0 && !isSameSet(section, members[index - 1])) apart();
      sections.set(section.index, place(section.size, section.align));
    }
    if (protection === 'r' && gotBytes > 0) apart();
    if (protection === 'r') got = place(gotBytes, 16);
    if (protection === 'rw') placeCommons(object, place, apart, commons);
    if (cursor === start) continue;
    const end = alignUp(cursor, PAGE_SIZE);
    groups.push({ protection, address: start, size: Number(end - start), sections: members });
    cursor = end + BigInt(PAGE_SIZE);
  }
  return {
    groups,
    sections,
    commons,
    got,
    tls: layOutTls(
      object,
      kept.filter(({ flags }) => (flags & SHF_TLS) !== 0),
    ),
  };
}

/** Sections whose name is an identifier are arrays for those who count from `__start_NAME`: parts of one stay together. */
export function isSet({ name }: { readonly name: string }): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

function isSameSet(section: Section, before: Section | undefined): boolean {
  return isSet(section) && section.name === before?.name;
}

/** A module's thread-local block is small: one a thread. */
const TLS_LIMIT = 1024 * 1024;

function layOutTls(object: ObjectFile, members: Section[]): Layout['tls'] {
  if (members.length === 0) return null;
  const offsets = new Map<number, bigint>();
  let size = 0n;
  let align = 1;
  for (const section of members.sort(zeroesLast)) {
    const at = alignUp(size, section.align);
    offsets.set(section.index, at);
    size = at + BigInt(section.size);
    align = Math.max(align, section.align);
    if (size > BigInt(TLS_LIMIT) || align > PAGE_SIZE) {
      throw malformed(object.name, `a thread-local block of ${size} bytes, aligned to ${align}`);
    }
  }
  return { protection: 'rw', address: 0n, size: Number(alignUp(size, align)), sections: members, align, offsets };
}

function protectionOf({ flags }: Section): Protection {
  const writable = (flags & SHF_WRITE) !== 0;
  if ((flags & SHF_EXECINSTR) !== 0) return writable ? 'rwx' : 'rx';
  return writable ? 'rw' : 'r';
}

function zeroesLast(a: Section, b: Section): number {
  return Number(a.type === SHT_NOBITS) - Number(b.type === SHT_NOBITS);
}

/** A COMMON symbol's value is its alignment. */
function placeCommons(
  object: ObjectFile,
  place: (size: number, align: number) => bigint,
  apart: () => void,
  commons: Map<number, bigint>,
): void {
  for (const symbol of object.symbols) {
    if (symbol.home !== 'common') continue;
    const align = Number(symbol.value);
    if (align > PAGE_SIZE || (align & (align - 1)) !== 0) {
      throw malformed(object.name, `common symbol ${symbol.name} is aligned to ${align}`);
    }
    apart();
    commons.set(symbol.index, place(symbol.size, Math.max(1, align)));
  }
}

function tooBig(object: ObjectFile): VmtbenchError {
  const message = `${object.name}: needs more than ${IMAGE_LIMIT / 1024 / 1024} MiB of memory`;
  return new VmtbenchError('elf.tooBig', message, 'Give the one object that talks to the host, not a whole system.');
}
