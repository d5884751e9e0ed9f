import { malformed } from './errors.ts';
import type { ElfHeader } from './header.ts';
import type { ElfReader } from './reader.ts';

/** p_type */
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_TLS = 7;

/** p_flags */
export const PF_X = 1;
export const PF_W = 2;

/** One program header. The file bytes of a PT_LOAD, PT_DYNAMIC or PT_TLS are known to be in the file. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
  /** Bytes in the file. */
  readonly fileSize: number;
  /** Bytes in memory; what the file does not have is zero. */
  readonly memorySize: number;
  readonly align: number;
}

export function readSegments(reader: ElfReader, header: ElfHeader): Segment[] {
  const { offset, entrySize, count } = header.programHeaders;
  reader.check(offset, count * entrySize, 'the program header table');
  const segments: Segment[] = [];
  for (let index = 0; index < count; index++) segments.push(readSegment(reader, offset + index * entrySize, index));
  return segments;
}

function readSegment(reader: ElfReader, at: number, index: number): Segment {
  const what = `program header ${index}`;
  const word = reader.wordSize;
  // Elf32 keeps p_flags after the sizes, Elf64 right after p_type.
  const first = reader.is64 ? at + 8 : at + 4;
  const field = (number: number): number => first + number * word;
  const segment = {
    type: reader.u32(at, what),
    flags: reader.u32(reader.is64 ? at + 4 : at + 24, what),
    offset: reader.count(field(0), what),
    address: reader.word(field(1), what),
    fileSize: reader.count(field(3), what),
    memorySize: reader.count(field(4), what),
    align: Math.max(1, reader.count(reader.is64 ? field(5) : at + 28, what)),
  };
  if ([PT_LOAD, PT_DYNAMIC, PT_TLS].includes(segment.type)) {
    reader.check(segment.offset, segment.fileSize, what);
    if (segment.memorySize < segment.fileSize) throw malformed(reader.name, `${what} is smaller in memory than here`);
  }
  return segment;
}

/** The offset in the file of an address of the linked program, or null where the file has no bytes for it. */
export function fileOffset(segments: readonly Segment[], address: bigint, size = 1): number | null {
  for (const segment of segments) {
    const inside = address - segment.address;
    if (segment.type !== PT_LOAD || inside < 0n || inside + BigInt(size) > BigInt(segment.fileSize)) continue;
    return segment.offset + Number(inside);
  }
  return null;
}
