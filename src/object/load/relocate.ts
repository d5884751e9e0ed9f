import { VmtbenchError } from '../../errors.ts';
import type { ElfMachine } from '../elf/header.ts';
import { type Formula, type Overflow, RELOCATION_TYPES, type RelocationType } from '../elf/relocation-types.ts';
import type { GotKind } from './got.ts';

/** Addresses and offsets that a relocation may need; `ElfSymbol` and the loader give them. */
export interface Operands {
  readonly symbol: { readonly name: string; readonly address: bigint; readonly size: number };
  /** Where the global offset table starts. */
  readonly got: bigint;
  /** Offset in the GOT of the slot of this kind for the symbol. */
  gotSlot(kind: GotKind): bigint;
  /** What a linked file's addresses are moved by. */
  readonly base: bigint;
  /** Offset of the module's thread-local block from the thread pointer. */
  readonly tlsOffset: bigint;
}

/** The field that is patched. */
export interface Field {
  readonly machine: ElfMachine;
  /** Object and section, for messages. */
  readonly where: string;
  readonly bytes: Uint8Array;
  readonly at: number;
  /** Address of the field in memory. */
  readonly place: bigint;
}

type Compute = (operands: Operands, addend: bigint, place: bigint) => bigint;

const COMPUTE: Readonly<Record<Exclude<Formula, 'none' | 'resolver' | 'copy' | 'unsupported'>, Compute>> = {
  'S+A': ({ symbol }, a) => symbol.address + a,
  'S+A-P': ({ symbol }, a, p) => symbol.address + a - p,
  S: ({ symbol }) => symbol.address,
  'B+A': ({ base }, a) => base + a,
  'Z+A': ({ symbol }, a) => BigInt(symbol.size) + a,
  'G+A': ({ gotSlot }, a) => gotSlot('address') + a,
  'G+GOT+A': ({ got, gotSlot }, a) => gotSlot('address') + got + a,
  'G+GOT+A-P': ({ got, gotSlot }, a, p) => gotSlot('address') + got + a - p,
  'GOT+A-P': ({ got }, a, p) => got + a - p,
  'S+A-GOT': ({ symbol, got }, a) => symbol.address + a - got,
  module: () => 1n,
  'DTP+A': ({ symbol }, a) => symbol.address + a,
  'TP+A': ({ symbol, tlsOffset }, a) => symbol.address + a + tlsOffset,
  'A-TP': ({ symbol, tlsOffset }, a) => a - symbol.address - tlsOffset,
  'GTP+A': ({ gotSlot }, a) => gotSlot('threadOffset') + a,
  'GTP+GOT+A': ({ got, gotSlot }, a) => gotSlot('threadOffset') + got + a,
  'GTP+GOT+A-P': ({ got, gotSlot }, a, p) => gotSlot('threadOffset') + got + a - p,
  'GTLS+A': ({ gotSlot }, a) => gotSlot('threadLocal') + a,
  'GTLS+GOT+A-P': ({ got, gotSlot }, a, p) => gotSlot('threadLocal') + got + a - p,
  'GMODULE+A': ({ gotSlot }, a) => gotSlot('module') + a,
  'GMODULE+GOT+A-P': ({ got, gotSlot }, a, p) => gotSlot('module') + got + a - p,
};

/** Formulas that use a slot of the GOT, and its kind. */
const GOT_USE: Readonly<Partial<Record<Formula, GotKind>>> = {
  'G+A': 'address',
  'G+GOT+A': 'address',
  'G+GOT+A-P': 'address',
  'GTP+A': 'threadOffset',
  'GTP+GOT+A': 'threadOffset',
  'GTP+GOT+A-P': 'threadOffset',
  'GTLS+A': 'threadLocal',
  'GTLS+GOT+A-P': 'threadLocal',
  'GMODULE+A': 'module',
  'GMODULE+GOT+A-P': 'module',
};

/** The kind of GOT slot that a formula uses; `table`: the table's address only; null: nothing of it. */
export function gotUse(formula: Formula): GotKind | 'table' | null {
  return GOT_USE[formula] ?? (formula.includes('GOT') ? 'table' : null);
}

/** Does the formula ask for a place in the thread-local block? */
export function isThreadLocal(formula: Formula): boolean {
  return /TP|TLS/.test(formula);
}

/** The description of a relocation type, or `elf.relocation` naming what is not known. */
export function relocationType(machine: ElfMachine, type: number, where: string, symbol: string): RelocationType {
  const known = RELOCATION_TYPES[machine].get(type);
  if (known !== undefined && known.formula !== 'unsupported') return known;
  const what = `relocation type ${known === undefined ? type : known.name} for ${symbol || 'no symbol'}`;
  const hint = 'Compile for the traditional thread-local storage (-mtls-dialect=gnu), or report the compiler options.';
  throw new VmtbenchError('elf.relocation', `${where}: ${what} is not supported`, hint);
}

/** Computes one relocation and stores it. `addend` null: it lies in the field. */
export function relocate(field: Field, type: RelocationType, addend: bigint | null, operands: Operands): void {
  const formula = absoluteGot(field, type) ? 'G+GOT+A' : type.formula;
  if (!isComputed(formula)) return;
  const { bytes, at, place } = field;
  if (at < 0 || at + type.size > bytes.length) throw outside(field, type);
  const value = COMPUTE[formula](operands, addend ?? readField(bytes, at, type.size), place);
  const width = field.machine === 'amd64' ? 64 : 32;
  if (!fits(BigInt.asIntN(width, value), type.size * 8, type.overflow, width)) {
    throw overflow(field, type, operands.symbol.name);
  }
  writeField(bytes, at, type.size, value);
}

/** What a relocation adds to its symbol, before it is done; null for one that computes nothing or lies outside. */
export function fieldValue({ bytes, at }: Field, type: RelocationType, addend: bigint | null): bigint | null {
  if (!isComputed(type.formula) || at < 0 || at + type.size > bytes.length) return null;
  return addend ?? readField(bytes, at, type.size);
}

function isComputed(formula: Formula): formula is keyof typeof COMPUTE {
  return Object.hasOwn(COMPUTE, formula);
}

/**
 * R_386_GOT32 and GOT32X in an instruction without a base register mean the slot's address, not its offset
 * (i386 psABI, 4.4.1): the ModRM byte before the field tells, mod 00 and r/m 101.
 */
function absoluteGot({ bytes, at }: Field, type: RelocationType): boolean {
  if (type.name !== 'R_386_GOT32X' && type.name !== 'R_386_GOT32') return false;
  return at > 0 && ((bytes[at - 1] ?? 0) & 0xc7) === 0x05;
}

function fits(value: bigint, bits: number, overflow: Overflow, width: number): boolean {
  if (overflow === 'any' || bits >= width) return true;
  const signed = BigInt.asIntN(bits, value) === value;
  const unsigned = BigInt.asUintN(bits, value) === value;
  if (overflow === 'signed') return signed;
  if (overflow === 'unsigned') return unsigned;
  return signed || unsigned;
}

function readField(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let index = size - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
  return BigInt.asIntN(size * 8, value);
}

function writeField(bytes: Uint8Array, at: number, size: number, value: bigint): void {
  let rest = BigInt.asUintN(size * 8, value);
  for (let index = 0; index < size; index++, rest >>= 8n) bytes[at + index] = Number(rest & 0xffn);
}

function outside({ where, at }: Field, type: RelocationType): VmtbenchError {
  const message = `${where}: ${type.name} at offset 0x${at.toString(16)} lies outside its section`;
  return new VmtbenchError('elf.relocation', message, 'The file is damaged: compile or copy it again.');
}

function overflow({ where }: Field, type: RelocationType, symbol: string): VmtbenchError {
  const message = `${where}: ${type.name} cannot reach ${symbol || 'its target'} from here`;
  const hint = 'Compile for the kernel code model (-mcmodel=kernel) or as position-independent code.';
  return new VmtbenchError('elf.relocation', message, hint);
}
