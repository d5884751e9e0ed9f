import { findTokens, type Tokens } from './kallsyms-tokens.ts';
import type { ElfReader } from './reader.ts';
import { type Section, SHF_ALLOC, SHF_EXECINSTR } from './sections.ts';
import type { ElfSymbol } from './symbols.ts';

/** Names between two entries of kallsyms_markers. */
const STRIDE = 256;
/** Bytes that a name takes: its length in one byte and a token, at least; its length in two and KSYM_NAME_LEN, at most. */
const [SHORTEST, LONGEST] = [2, 2 + 512];
/** How far before the tokens the names may begin. */
const REACH = 64 * 1024 * 1024;
/** Names that are looked at before it is given up. Linux has some 200,000. */
const BUDGET = 1 << 23;
/** Bytes of all names together. */
const TEXT_LIMIT = 64 * 1024 * 1024;

/** The names, each one a run of tokens, and how many there are. */
interface Names {
  readonly at: number;
  readonly count: number;
  /** Where kallsyms_num_syms lies. */
  readonly countAt: number;
}

/**
 * The symbols of a linked Linux kernel without a symbol table, from what it keeps for itself (Linux 4.6 to 6.x:
 * scripts/kallsyms.c writes the tables, kernel/kallsyms.c reads them). Nothing in the file says where they lie: each is
 * found by what is known of it, and believed only if it fits the others. [] for a file that has none.
 */
export function readKallsyms(reader: ElfReader, sections: readonly Section[]): ElfSymbol[] {
  const work = { left: BUDGET };
  for (const tokens of findTokens(reader)) {
    for (const names of findNames(reader, tokens, work)) {
      const addresses = readAddresses(reader, names, tokens);
      if (addresses !== null) return symbolsOf(reader, { names, tokens, addresses }, sections);
    }
  }
  return [];
}

/** The markers are offsets that ascend from 0 by some hundred bytes each, the last table but one before the tokens. */
function* findNames(reader: ElfReader, tokens: Tokens, work: { left: number }): Generator<Names> {
  const u32 = (at: number): number => reader.u32(at, 'kallsyms');
  let run = 1;
  for (let at = (tokens.at & ~3) - 8; at >= Math.max(0, tokens.at - REACH) && work.left > 0; at -= 4) {
    const step = u32(at + 4) - u32(at);
    run = step >= STRIDE * SHORTEST && step <= STRIDE * LONGEST ? run + 1 : 1;
    if (run === 1 || u32(at) !== 0) continue;
    const markers = Array.from({ length: run }, (_, index) => u32(at + 4 * index));
    const names = namesBefore(reader, at, markers, work);
    if (names !== null) yield names;
  }
}

/** The names end where the markers begin; the number of names stands before the first. */
function namesBefore(
  reader: ElfReader,
  markersAt: number,
  markers: readonly number[],
  work: { left: number },
): Names | null {
  const align = reader.wordSize;
  const last = markersAt - (markers.at(-1) ?? 0);
  const lowest = Math.max(align, last - STRIDE * LONGEST - align);
  for (let at = last & -align; at >= lowest && work.left > 0; at -= align) {
    work.left--;
    const countAt = at - align;
    const count = reader.u32(countAt, 'kallsyms');
    if (Math.ceil(count / STRIDE) !== markers.length) continue;
    if (isRun(reader, { at, count, countAt }, markersAt, markers, work)) return { at, count, countAt };
  }
  return null;
}

/** Do so many names lie here, each 256th at its marker, and nothing behind them? */
function isRun(
  reader: ElfReader,
  { at, count }: Names,
  end: number,
  markers: readonly number[],
  work: { left: number },
): boolean {
  let next = at;
  for (let index = 0; index < count && work.left > 0; index++, work.left--) {
    if (next >= end || (index % STRIDE === 0 && next - at !== markers[index / STRIDE])) return false;
    const { start, length } = nameAt(reader, next);
    next = start + length;
  }
  return work.left > 0 && next <= end && end - next < reader.wordSize;
}

/** A length in one byte or two (ULEB128), then so many tokens. */
function nameAt(reader: ElfReader, at: number): { readonly start: number; readonly length: number } {
  const low = reader.u8(at, 'kallsyms');
  if (low < 0x80) return { start: at + 1, length: low };
  return { start: at + 2, length: (low & 0x7f) | (reader.u8(at + 1, 'kallsyms') << 7) };
}

/**
 * Offsets from the lowest address, and that address: before the names, or since Linux 6.5 behind the tokens. Symbols
 * are sorted by address, and the first that is no processor's own is the lowest.
 */
function readAddresses(reader: ElfReader, { count, countAt }: Names, tokens: Tokens): bigint[] | null {
  const align = reader.wordSize;
  const up = (value: number): number => Math.ceil(value / align) * align;
  const before = { base: countAt - align, offsets: countAt - align - up(4 * count) };
  const behind = { base: up(tokens.end) + up(4 * count), offsets: up(tokens.end) };
  for (const { base: baseAt, offsets } of [before, behind]) {
    if (offsets < 0 || baseAt + align > reader.bytes.length) continue;
    const base = reader.word(baseAt, 'kallsyms');
    for (const scheme of SCHEMES) {
      const addresses: bigint[] = [];
      let lowest: bigint | null = null;
      for (let index = 0; index < count; index++) {
        const { address, relative } = scheme(reader.u32(offsets + 4 * index, 'kallsyms'), base);
        if (relative) lowest ??= address;
        if (address < (addresses.at(-1) ?? 0n)) break;
        addresses.push(address);
      }
      if (addresses.length === count && lowest === base && base !== 0n) return addresses;
    }
  }
  return null;
}

type Scheme = (offset: number, base: bigint) => { readonly address: bigint; readonly relative: boolean };

/** With CONFIG_KALLSYMS_ABSOLUTE_PERCPU a positive number is a processor's own variable, a negative one an address. */
const SCHEMES: readonly Scheme[] = [
  (offset, base) =>
    offset < 0x80000000
      ? { address: BigInt(offset), relative: false }
      : { address: base - 1n - BigInt(offset | 0), relative: true },
  (offset, base) => ({ address: base + BigInt(offset), relative: true }),
];

interface Tables {
  readonly names: Names;
  readonly tokens: Tokens;
  readonly addresses: readonly bigint[];
}

/** The first character of a name is its type, as nm(1) prints it. */
function symbolsOf(reader: ElfReader, { names, tokens, addresses }: Tables, sections: readonly Section[]): ElfSymbol[] {
  const loaded = sections.filter(({ flags, size }) => (flags & SHF_ALLOC) !== 0 && size > 0);
  const symbols: ElfSymbol[] = [];
  let section: Section | undefined;
  let room = TEXT_LIMIT;
  let next = names.at;
  for (const [index, value] of addresses.entries()) {
    const { start, length } = nameAt(reader, next);
    next = start + length;
    const text = Array.from(reader.slice(start, length, 'a kernel symbol'), (token) => tokens.texts[token]).join('');
    room -= text.length;
    if (room < 0) break;
    const inside = (s: Section): boolean => value >= s.address && value < s.address + BigInt(s.size);
    if (section === undefined || !inside(section)) section = loaded.find(inside);
    const kind = text[0] ?? '';
    const local = kind !== kind.toUpperCase();
    symbols.push({
      index,
      name: text.slice(1),
      value,
      size: 0,
      binding: kind === 'W' || kind === 'V' ? 'weak' : local ? 'local' : 'global',
      type: section !== undefined && (section.flags & SHF_EXECINSTR) !== 0 ? 'function' : 'object',
      home: kind === 'A' || section === undefined ? 'absolute' : section.index,
    });
  }
  return symbols;
}
