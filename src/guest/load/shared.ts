import { VmtbenchError } from '../../errors.ts';
import { malformed } from '../elf/errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import { SHF_ALLOC, SHF_EXECINSTR } from '../elf/sections.ts';
import { PF_W, PF_X, PT_LOAD, PT_TLS, type Segment } from '../elf/segments.ts';
import type { ElfSymbol } from '../elf/symbols.ts';
import { alignDown, alignUp, PAGE_SIZE, type Protection } from '../memory.ts';
import {
  IMAGE_LIMIT,
  type Image,
  type ImageRegion,
  type PlacedSymbol,
  type Resolver,
  type TlsTemplate,
} from './image.ts';
import { relocate, relocationType } from './relocate.ts';

/** A segment copied out of the file, not yet joined with its neighbours. */
interface Piece extends ImageRegion {
  readonly bytes: Uint8Array;
}

/** Places and relocates an ET_DYN object so that its address 0 is at `base`. */
export function placeShared(object: ObjectFile, base: bigint, resolve: Resolver): Image {
  if (object.dynamic === null) throw malformed(object.name, 'a shared object without a dynamic section');
  const pieces = loadSegments(object, base);
  const tls = tlsTemplate(object);
  applyRelocations(object, pieces, base, tls, resolve);
  const sections = object.sections
    .filter((section) => (section.flags & SHF_ALLOC) !== 0)
    .map(({ name, address, size, flags }) => {
      return { name, address: base + address, size, executable: (flags & SHF_EXECINSTR) !== 0 };
    });
  return { object, base, regions: pieces, sections, symbols: placedSymbols(object, base), tls };
}

/** Page-aligned pieces in ascending order; segments that share a page become one piece. */
function loadSegments(object: ObjectFile, base: bigint): Piece[] {
  const loads = object.segments.filter((segment) => segment.type === PT_LOAD && segment.memorySize > 0);
  let total = 0;
  const pieces: Piece[] = [];
  for (const segment of loads.sort((a, b) => (a.address < b.address ? -1 : 1))) {
    total += segment.memorySize;
    if (total > IMAGE_LIMIT || segment.address + BigInt(segment.memorySize) > 1n << 46n) throw tooBig(object);
    const start = base + segment.address;
    const address = alignDown(start, PAGE_SIZE);
    const size = Number(alignUp(start + BigInt(segment.memorySize), PAGE_SIZE) - address);
    const lead = Number(start - address);
    const bytes = new Uint8Array(lead + segment.fileSize);
    bytes.set(object.reader.slice(segment.offset, segment.fileSize, 'a segment'), lead);
    const piece = { address, size, protection: protectionOf(segment), bytes };
    const last = pieces.at(-1);
    if (last !== undefined && address < last.address + BigInt(last.size))
      pieces.push(join(pieces.pop() ?? last, piece));
    else pieces.push(piece);
  }
  return pieces;
}

function join(low: Piece, high: Piece): Piece {
  const shift = Number(high.address - low.address);
  const bytes = new Uint8Array(Math.max(low.bytes.length, shift + high.bytes.length));
  bytes.set(low.bytes);
  for (let index = 0; index < high.bytes.length; index++) {
    if (high.bytes[index] !== 0) bytes[shift + index] = high.bytes[index] ?? 0;
  }
  const both = low.protection + high.protection;
  const protection = ['r', 'w', 'x'].filter((flag) => both.includes(flag)).join('') as Protection;
  return { address: low.address, size: Math.max(low.size, shift + high.size), protection, bytes };
}

function protectionOf({ flags }: Segment): Protection {
  if ((flags & PF_X) !== 0) return (flags & PF_W) !== 0 ? 'rwx' : 'rx';
  return (flags & PF_W) !== 0 ? 'rw' : 'r';
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
): void {
  const { symbols = [], relocations = [] } = object.dynamic ?? {};
  const known = new Map<number, bigint>();
  const addressOf = (symbol: ElfSymbol): bigint => {
    const address = known.get(symbol.index) ?? dynamicAddress(symbol, base, resolve);
    known.set(symbol.index, address);
    return address;
  };
  for (const { offset, type: number, symbol: index, addend } of relocations) {
    const symbol = symbols[index];
    if (symbol === undefined) throw malformed(object.name, `a dynamic relocation names symbol ${index}`);
    const type = relocationType(object.machine, number, object.name, symbol.name);
    if (type.formula === 'none') continue;
    const place = base + offset;
    const piece = pieceAt(object, pieces, place, type.size);
    const field = {
      machine: object.machine,
      where: object.name,
      bytes: piece.bytes,
      at: Number(place - piece.address),
      place,
    };
    relocate(field, type, addend, {
      symbol: { name: symbol.name, address: addressOf(symbol), size: symbol.size },
      got: 0n,
      gotSlot: () => 0n,
      base,
      tlsOffset: -BigInt(tls?.size ?? 0),
    });
  }
}

/** The piece that holds the field; a field in the part that starts as zero makes the piece's bytes grow. */
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
    symbols.push({ name, address, size, function: type === 'function', global: binding !== 'local' });
  }
  return symbols;
}

function tooBig(object: ObjectFile): VmtbenchError {
  const message = `${object.name}: needs more than ${IMAGE_LIMIT / 1024 / 1024} MiB of memory`;
  return new VmtbenchError('elf.tooBig', message, 'Give a library of ordinary size.');
}
