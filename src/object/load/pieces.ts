import { VmtbenchError } from '../../errors.ts';
import { alignDown, alignUp, PAGE_SIZE, type Protection } from '../../memory.ts';
import { malformed } from '../elf/errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import { SHF_ALLOC, SHF_EXECINSTR } from '../elf/sections.ts';
import { PF_W, PF_X, PT_LOAD, type Segment } from '../elf/segments.ts';

import { IMAGE_LIMIT, type ImageRegion } from './image.ts';

/** A segment copied out of the file, joined with the neighbours that it shares a page with. */
export type Piece = ImageRegion;

/** Segments that are believed; linkers make four to ten. */
const SEGMENT_LIMIT = 128;
/** Where a processor's address space ends. */
const SPACE_END = { 32: 1n << 32n, 64: 1n << 64n } as const;

/** Page-aligned pieces in ascending order; segments that share a page become one piece. */
export function loadSegments(object: ObjectFile, base: bigint): Piece[] {
  const loads = object.segments.filter((segment) => segment.type === PT_LOAD && segment.memorySize > 0);
  if (loads.length > SEGMENT_LIMIT) throw malformed(object.name, `${loads.length} segments to load`);
  let total = 0;
  const pieces: Piece[] = [];
  for (const segment of loads.sort((a, b) => (a.address < b.address ? -1 : 1))) {
    total += segment.memorySize;
    if (total > IMAGE_LIMIT) throw tooBig(object);
    const start = base + segment.address;
    if (start + BigInt(segment.memorySize) > SPACE_END[object.bits] - BigInt(PAGE_SIZE)) throw outside(object, segment);
    const address = alignDown(start, PAGE_SIZE);
    const size = Number(alignUp(start + BigInt(segment.memorySize), PAGE_SIZE) - address);
    const lead = Number(start - address);
    const bytes = new Uint8Array(lead + segment.fileSize);
    bytes.set(object.reader.slice(segment.offset, segment.fileSize, 'a segment'), lead);
    const piece = { address, size, protection: protectionOf(segment, object), bytes };
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

/** Linux on i386 links the code that it boots with into its data, which no page table forbids to run by then. */
function protectionOf({ flags, address, memorySize }: Segment, { sections }: ObjectFile): Protection {
  const end = address + BigInt(memorySize);
  const code = sections.some(
    (s) => (s.flags & SHF_ALLOC) !== 0 && (s.flags & SHF_EXECINSTR) !== 0 && s.address >= address && s.address < end,
  );
  if ((flags & PF_X) !== 0 || code) return (flags & PF_W) !== 0 ? 'rwx' : 'rx';
  return (flags & PF_W) !== 0 ? 'rw' : 'r';
}

function tooBig(object: ObjectFile): VmtbenchError {
  const message = `${object.name}: needs more than ${IMAGE_LIMIT / 1024 / 1024} MiB of memory`;
  return new VmtbenchError('elf.tooBig', message, 'Give a library or a program of ordinary size.');
}

function outside(object: ObjectFile, { address }: Segment): VmtbenchError {
  return malformed(object.name, `a segment at 0x${address.toString(16)} reaches beyond the end of memory`);
}
