import { inflateSync } from 'node:zlib';
import type { VmtbenchError } from '../../errors.ts';
import type { ObjectFile } from '../elf/object.ts';
import type { Section } from '../elf/sections.ts';
import { damaged } from './errors.ts';

const SHF_COMPRESSED = 0x800;
/** ch_type */
const ELFCOMPRESS_ZLIB = 1;

/** What a section may grow to. Debug information shrinks to a fifth or so; a bomb shrinks to a thousandth. */
const GROWTH = 64;
const SMALL = 64 * 1024;
/** All sections of an object together. */
export const CONTENTS_LIMIT: number = 512 * 1024 * 1024;

/**
 * The contents of a debug section, a copy that may be written to (slice() of a Buffer is none): as they are, as SHF_COMPRESSED has them (gABI,
 * "Section Compression"), or in the older `.zdebug_*` form: "ZLIB" and the size, big endian.
 * At most `room` bytes.
 */
export function sectionContents(object: ObjectFile, section: Section, room: number): Uint8Array {
  if (section.size > room) throw tooBig(section.name);
  const raw = object.reader.slice(section.offset, section.size, section.name);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (section.name.startsWith('.zdebug_')) {
    if (raw.length < 12 || view.getUint32(0) !== 0x5a4c4942) throw damaged(`${section.name} is not compressed`);
    return inflate(section, raw.subarray(12), Number(view.getBigUint64(4)), room);
  }
  if ((section.flags & SHF_COMPRESSED) === 0) return new Uint8Array(raw);
  const header = object.bits === 64 ? 24 : 12;
  if (raw.length < header) throw damaged(`${section.name} is cut off`);
  if (view.getUint32(0, true) !== ELFCOMPRESS_ZLIB) throw damaged(`${section.name} is not compressed by zlib`);
  const size = object.bits === 64 ? Number(view.getBigUint64(8, true)) : view.getUint32(4, true);
  return inflate(section, raw.subarray(header), size, room);
}

function inflate({ name }: Section, data: Uint8Array, size: number, room: number): Uint8Array {
  if (size > Math.min(room, SMALL + data.length * GROWTH)) throw tooBig(name);
  if (size === 0) return new Uint8Array(0);
  let bytes: Uint8Array;
  try {
    bytes = inflateSync(data, { maxOutputLength: size });
  } catch {
    throw damaged(`${name} cannot be decompressed`);
  }
  if (bytes.length !== size) throw damaged(`${name} is cut off`);
  // Small results of zlib share one pool: relocations must not touch a neighbour.
  return new Uint8Array(bytes);
}

function tooBig(name: string): VmtbenchError {
  return damaged(`${name} is too big to be read`);
}
