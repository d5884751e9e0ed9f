import { type EntryPoints, type GuestOutcome, type StubTable, stub } from '../../guest/index.ts';
import type { LinuxKernel } from './kernel.ts';

/** What makes a file of debugfs, with its struct file_operations. */
const CREATE = 'debugfs_create_file';

/** Bytes of the kernel's own for a struct file or another thing that the object holds but does not look into. */
const OPAQUE = 4096;
/** As much as a user asks for, at most. */
const MOST_ROOM = 1 << 20;

/** Files of debugfs. Their operations are called where a user reads or writes them. */
export const files: StubTable<LinuxKernel> = {
  debugfs_create_file: stub('ptr', ['ptr', 'uint', 'ptr', 'ptr', 'ptr'], (k, [, , , , operations]) => {
    const entry = k.services.heap.allocate(OPAQUE, true) ?? 0n;
    k.files.set(entry, operations);
    return entry;
  }),
  debugfs_remove: stub('void', ['ptr'], (k, [entry]) => {
    if (!k.files.has(entry)) return;
    k.files.delete(entry);
    k.services.heap.free(entry);
  }),
};

/** `file`: `read BYTES` or `write TEXT`, of each file that opens without a function of the object's. */
export function fileEntry(k: LinuxKernel): EntryPoints {
  if (!k.services.object.imports.some(({ name }) => name === CREATE)) return new Map();
  return new Map([['file', (text: string) => useFiles(k, text)]]);
}

function useFiles(k: LinuxKernel, text: string): GuestOutcome | null {
  const [verb = '', ...rest] = text.split(' ');
  for (const operations of k.files.values()) {
    if (operations === 0n) continue;
    const { open, read, write } = k.offsets.fileOperations;
    const at = (field: number): bigint => k.readWord(operations + BigInt(field));
    const operation = at(verb === 'read' ? read : write);
    // The field is one further in some releases; flush, which follows it, is rare.
    const isOpened = at(open) !== 0n || at(open + k.wordSize) !== 0n;
    if (isOpened || !isOwn(k, operation)) continue;
    const outcome = verb === 'read' ? readFile(k, operation, Number(rest[0])) : writeFile(k, operation, rest.join(' '));
    if (outcome !== null) return outcome;
  }
  return null;
}

/** Whether a pointer is to a function of the object: the kernel's own need a file that is open. */
const isOwn = ({ services }: LinuxKernel, address: bigint): boolean =>
  address !== 0n && !services.object.imports.some(({ name }) => services.symbol(name) === address);

function readFile(k: LinuxKernel, read: bigint, bytes: number): GuestOutcome | null {
  return withBuffer(k, Math.min(bytes, MOST_ROOM), (file, to, position) => [read, file, to, BigInt(bytes), position]);
}

function writeFile(k: LinuxKernel, write: bigint, text: string): GuestOutcome | null {
  const bytes = Buffer.from(text, 'latin1');
  return withBuffer(k, bytes.length, (file, from, position) => {
    k.memory.write(from, bytes);
    return [write, file, from, BigInt(bytes.length), position];
  });
}

/** Calls an operation with a user's buffer of that size, which ends where it ends. */
function withBuffer(
  k: LinuxKernel,
  size: number,
  callOf: (file: bigint, buffer: bigint, position: bigint) => [operation: bigint, ...args: bigint[]],
): GuestOutcome | null {
  const { heap } = k.services;
  const [file, buffer, position] = [heap.allocate(OPAQUE, true), heap.allocate(size, true), heap.allocate(8, true)];
  if (file === null || file === undefined || buffer === null || buffer === undefined) return null;
  if (position === null || position === undefined) return null;
  const [operation, ...args] = callOf(file, buffer, position);
  const { outcome } = k.services.call(operation, args);
  for (const place of [file, buffer, position]) heap.free(place);
  return outcome;
}
