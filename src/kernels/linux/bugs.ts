import { BadAccess } from '../../guest/index.ts';
import type { Image } from '../../object/index.ts';
import type { LinuxKernel } from './kernel.ts';

/**
 * WARN and BUG are UD2, and what the kernel says there is a row of __bug_table (include/asm-generic/bug.h): where the
 * instruction is and where the name of its file, 32 bits each, then line and flags. On amd64 the first two count from
 * the row; the name's from its own field since Linux 5.18, from the row's start before.
 */
const ROW = { file: 4n, line: 8n, flags: 10n, size: 12 } as const;

const BUGFLAG_WARNING = 1;
const BUGFLAG_ONCE = 2;
const BUGFLAG_DONE = 4;

/** Bytes of UD2. */
const UD2 = 2n;
/** Longest name of a file that is read. */
const NAME_LIMIT = 256;

/** Where an object keeps what it says at its WARNs and BUGs. */
export interface BugTable {
  readonly address: bigint;
  readonly rows: number;
}

export function findBugTable({ sections }: Image): BugTable | null {
  const table = sections.find(({ name }) => name === '__bug_table');
  return table === undefined ? null : { address: table.address, rows: Math.floor(table.size / ROW.size) };
}

/**
 * What the kernel does at an invalid opcode of the module's own: a WARN is printed, once where it says so, and the code
 * goes on behind it; a BUG is the end.
 * @returns where the guest goes on; null where it does not, or where the table knows nothing of the instruction.
 */
export function reportBug(k: LinuxKernel, pc: bigint): bigint | null {
  const row = rowOf(k, pc);
  if (row === null) return null;
  const flags = Number(k.memory.readUint(row + ROW.flags, 2));
  const place = `${fileOf(k, row)}:${k.memory.readUint(row + ROW.line, 2)}`;
  if ((flags & BUGFLAG_WARNING) === 0) {
    k.panic(`kernel BUG at ${place}!`);
    return null;
  }
  if ((flags & BUGFLAG_ONCE) !== 0) {
    if ((flags & BUGFLAG_DONE) !== 0) return pc + UD2;
    k.memory.writeUint(row + ROW.flags, 2, BigInt(flags | BUGFLAG_DONE));
  }
  const symbol = k.services.symbolAt(pc);
  const where = symbol === null ? '' : ` ${symbol.name}+0x${symbol.offset.toString(16)}`;
  k.log(`WARNING: CPU: 0 PID: 1 at ${place}${where}\n`);
  return pc + UD2;
}

function rowOf(k: LinuxKernel, pc: bigint): bigint | null {
  const { address = 0n, rows = 0 } = k.bugTable ?? {};
  for (let index = 0; index < rows; index++) {
    const row = address + BigInt(index * ROW.size);
    if (pointerAt(k, row) === pc) return row;
  }
  return null;
}

/** A field that points somewhere: an address on i386, the distance from `from` on amd64. */
function pointerAt(k: LinuxKernel, field: bigint, from: bigint = field): bigint {
  const value = k.memory.readUint(field, 4);
  return k.wordSize === 4 ? value : BigInt.asUintN(64, from + BigInt.asIntN(32, value));
}

/** The one of the two readings that begins where a text does. */
function fileOf(k: LinuxKernel, row: bigint): string {
  const field = row + ROW.file;
  const [own, older] = [pointerAt(k, field), pointerAt(k, field, row)];
  return k.readText(begins(k, own) || !begins(k, older) ? own : older, NAME_LIMIT);
}

/** Behind the end of another text, or of nothing that anybody may read. */
function begins({ memory }: LinuxKernel, address: bigint): boolean {
  try {
    return memory.readUint(address - 1n, 1) === 0n;
  } catch (error) {
    if (error instanceof BadAccess) return true;
    throw error;
  }
}
