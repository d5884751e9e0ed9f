import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { VmtbenchError } from '../errors.ts';
import { type ObjectFile, parseObject } from '../object/index.ts';
import { unpack } from './unpack.ts';

const LARGEST = 256 * 1024 * 1024;

/** A whole input file. @throws VmtbenchError `input` for one that is missing, no file, or over 256 MiB. */
export function readInput(path: string): Uint8Array {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new VmtbenchError('input', `${path} is not a file`, 'Name a file.');
    if (stat.size > LARGEST)
      throw new VmtbenchError('input', `${path} has ${stat.size} bytes`, 'At most 256 MiB are read.');
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof VmtbenchError) throw cause;
    throw new VmtbenchError('input', `cannot read ${path}: ${(cause as Error).message}`, 'Check the path.', { cause });
  }
}

/** A guest's object file, unpacked if it is compressed. @throws VmtbenchError for one that cannot be read or is none. */
export function readObject(path: string): { readonly object: ObjectFile; readonly bytes: Uint8Array } {
  const bytes = unpack(readInput(path), path, LARGEST);
  return { object: parseObject(bytes, basename(path)), bytes };
}
