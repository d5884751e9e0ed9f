import { alignUp, PAGE_SIZE } from '../../memory.ts';
import { malformed } from '../elf/errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import { SHF_ALLOC, SHF_EXECINSTR, SHT_INIT_ARRAY } from '../elf/sections.ts';
import { PT_TLS } from '../elf/segments.ts';
import type { ElfSymbol } from '../elf/symbols.ts';

import type { Image, PlacedSymbol, ResolvedField, Resolver, TlsTemplate } from './image.ts';
import { loadSegments, type Piece } from './pieces.ts';
import { relocate, relocationType } from './relocate.ts';

/** Places and relocates an ET_DYN object so that its address 0 is at `base`. */
export function placeShared(object: ObjectFile, base: bigint, resolve: Resolver): Image {
  if (object.dynamic === null) throw malformed(object.name, 'a shared object without a dynamic section');
  return placeLinked(object, base, resolve);
}

/** Places an ET_EXEC program or kernel at the addresses that it was linked for. */
export function placeExecutable(object: ObjectFile, _base: bigint, resolve: Resolver): Image {
  return placeLinked(object, 0n, resolve);
}

function placeLinked(object: ObjectFile, base: bigint, resolve: Resolver): Image {
  const pieces = loadSegments(object, base);
  const tls = tlsTemplate(object);
  const resolved = applyRelocations(object, pieces, base, tls, resolve);
  const sections = object.sections
    .filter((section) => (section.flags & SHF_ALLOC) !== 0)
    .map(({ index, name, address, size, flags }) => {
      return { index, name, address: base + address, size, executable: (flags & SHF_EXECINSTR) !== 0 };
    });
  return {
    object,
    base,
    regions: pieces,
    sections,
    symbols: placedSymbols(object, base),
    tls,
    // What lies between two symbols may be a variable whose name was stripped, and nothing says who refers to it.
    gaps: [],
    initArrays: initArrays(object, base),
    resolved,
  };
}

/** The dynamic section tells, of a program without one the section headers. DT_INIT itself is not in an array. */
function initArrays(object: ObjectFile, base: bigint): { address: bigint; size: number }[] {
  if (object.dynamic !== null) {
    const { address, size } = object.dynamic.initArray;
    return size === 0 ? [] : [{ address: base + address, size }];
  }
  return object.sections.flatMap(({ type, address, size }) => (type === SHT_INIT_ARRAY ? [{ address, size }] : []));
}

function tlsTemplate(object: ObjectFile): TlsTemplate | null {
  const segment = object.segments.find((candidate) => candidate.type === PT_TLS);
  if (segment === undefined) return null;
  if (segment.memorySize > 1024 * 1024 || segment.align > PAGE_SIZE || (segment.align & (segment.align - 1)) !== 0) {
    throw malformed(object.name, `a thread-local block of ${segment.memorySize} bytes, aligned to ${segment.align}`);
  }
  const size = Number(alignUp(BigInt(segment.memorySize), segment.align));
  const bytes = object.reader.slice(segment.offset, segment.fileSize, 'the thread-local block');
  return { bytes, size, align: segment.align };
}

function applyRelocations(
  object: ObjectFile,
  pieces: readonly Piece[],
  base: bigint,
  tls: TlsTemplate | null,
  resolve: Resolver,
): ResolvedField[] {
  const resolved: ResolvedField[] = [];
  const { symbols = [], relocations = [] } = object.dynamic ?? {};
  const known = new Map<number, bigint>();
  const addressOf = (symbol: ElfSymbol): bigint => {
    const address = known.get(symbol.index) ?? dynamicAddress(symbol, base, resolve);
    known.set(symbol.index, address);
    return address;
  };
  for (const { offset, type: number, symbol: index, addend } of relocations) {
    const symbol = symbols[index] ?? (index === 0 ? NO_SYMBOL : undefined);
    if (symbol === undefined) throw malformed(object.name, `a dynamic relocation names symbol ${index}`);
    const type = relocationType(object.machine, number, object.name, symbol.name);
    if (type.formula === 'none' || type.formula === 'copy') continue;
    const place = base + offset;
    const piece = pieceAt(object, pieces, place, type.size);
    const field = {
      machine: object.machine,
      where: object.name,
      bytes: piece.bytes,
      at: Number(place - piece.address),
      place,
    };
    if (type.formula === 'resolver') {
      resolved.push({ place, resolver: base + (addend ?? wordAt(piece, place, object.bits)) });
      continue;
    }
    if (symbol.type === 'ifunc' && symbol.home !== 'undefined') {
      resolved.push({ place, resolver: addressOf(symbol) });
      continue;
    }
    relocate(field, type, addend, {
      symbol: { name: symbol.name, address: addressOf(symbol), size: symbol.size },
      got: 0n,
      gotSlot: () => 0n,
      base,
      tlsOffset: -BigInt(tls?.size ?? 0),
    });
  }
  return resolved;
}

/** What relocations without a symbol refer to, where the file has no table of them. */
const NO_SYMBOL: ElfSymbol = {
  index: 0,
  name: '',
  value: 0n,
  size: 0,
  binding: 'local',
  type: 'none',
  home: 'undefined',
};

function wordAt({ address, bytes }: Piece, place: bigint, bits: 32 | 64): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + Number(place - address));
  return bits === 64 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
}

/** The piece that holds the field. */
function pieceAt(object: ObjectFile, pieces: readonly Piece[], place: bigint, size: number): Piece {
  const piece = pieces.find((p) => place >= p.address && place + BigInt(size) <= p.address + BigInt(p.size));
  if (piece === undefined) throw malformed(object.name, `a dynamic relocation at 0x${place.toString(16)}, not loaded`);
  if (Number(place - piece.address) + size > piece.bytes.length) {
    throw malformed(object.name, `a dynamic relocation at 0x${place.toString(16)}, in memory that starts as zero`);
  }
  return piece;
}

function dynamicAddress(symbol: ElfSymbol, base: bigint, resolve: Resolver): bigint {
  if (symbol.home === 'absolute' || symbol.type === 'tls') return symbol.value;
  if (symbol.home !== 'undefined') return base + symbol.value;
  return symbol.name === '' ? 0n : resolve(symbol.name);
}

function placedSymbols(object: ObjectFile, base: bigint): PlacedSymbol[] {
  const symbols: PlacedSymbol[] = [];
  for (const { name, value, size, type, home, binding } of [...(object.dynamic?.symbols ?? []), ...object.symbols]) {
    if (name === '' || typeof home !== 'number' || type === 'tls' || type === 'section' || type === 'file') continue;
    const address = base + value;
    symbols.push({
      name,
      address,
      size,
      function: type === 'function' || type === 'ifunc',
      global: binding !== 'local',
    });
  }
  return symbols;
}
