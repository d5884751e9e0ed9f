import { VmtbenchError } from '../../errors.ts';
import type { ElfMachine } from '../elf/header.ts';
import { type Formula, type Overflow, RELOCATION_TYPES, type RelocationType } from '../elf/relocation-types.ts';

/** Addresses and offsets that a relocation may need; `ElfSymbol` and the loader give them. */
export interface Operands {
  readonly symbol: { readonly name: string; readonly address: bigint; readonly size: number };
  /** Where the global offset table starts. */
  readonly got: bigint;
  /** Offset in the GOT of the slot that holds the symbol's address. */
  gotSlot(): bigint;
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

const COMPUTE: Readonly<Record<Exclude<Formula, 'none' | 'unsupported'>, Compute>> = {
  'S+A': ({ symbol }, a) => symbol.address + a,
  'S+A-P': ({ symbol }, a, p) => symbol.address + a - p,
  S: ({ symbol }) => symbol.address,
  'B+A': ({ base }, a) => base + a,
  'Z+A': ({ symbol }, a) => BigInt(symbol.size) + a,
  'G+A': ({ gotSlot }, a) => gotSlot() + a,
  'G+GOT+A': ({ got, gotSlot }, a) => gotSlot() + got + a,
  'G+GOT+A-P': ({ got, gotSlot }, a, p) => gotSlot() + got + a - p,
  'GOT+A-P': ({ got }, a, p) => got + a - p,
  'S+A-GOT': ({ symbol, got }, a) => symbol.address + a - got,
  module: () => 1n,
  'DTP+A': ({ symbol }, a) => symbol.address + a,
  'TP+A': ({ symbol, tlsOffset }, a) => symbol.address + a + tlsOffset,
};

/** The description of a relocation type, or `elf.relocation` naming what is not known. */
export function relocationType(machine: ElfMachine, type: number, where: string, symbol: string): RelocationType {
  const known = RELOCATION_TYPES[machine].get(type);
  if (known !== undefined && known.formula !== 'unsupported') return known;
  const what = `relocation type ${known === undefined ? type : known.name} for ${symbol || 'no symbol'}`;
  const hint = 'Compile without thread-local storage and without run-time resolvers, or report the compiler options.';
  throw new VmtbenchError('elf.relocation', `${where}: ${what} is not supported`, hint);
}

/** Computes one relocation and stores it. `addend` null: it lies in the field. */
export function relocate(field: Field, type: RelocationType, addend: bigint | null, operands: Operands): void {
  if (type.formula === 'none' || type.formula === 'unsupported') return;
  const { bytes, at, place } = field;
  if (at < 0 || at + type.size > bytes.length) throw outside(field, type);
  const formula = absoluteGot(field, type) ? 'G+GOT+A' : type.formula;
  const value = COMPUTE[formula](operands, addend ?? readField(bytes, at, type.size), place);
  const width = field.machine === 'amd64' ? 64 : 32;
  if (!fits(BigInt.asIntN(width, value), type.size * 8, type.overflow, width)) {
    throw overflow(field, type, operands.symbol.name);
  }
  writeField(bytes, at, type.size, value);
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
