import type { PointerArgument } from '../../guest/index.ts';
import { addressText } from '../common/address-text.ts';
import { argumentsAt, formatText } from '../common/formatting.ts';
import type { LinuxKernel } from './kernel.ts';

/** Bytes that %ph prints at most, and how deep a %pV may lie in another. */
const HEX_LIMIT = 64;
const NESTING_LIMIT = 4;

/** Addresses that are error numbers, and the page that nothing is in. */
const MAX_ERRNO = 4095n;
const PAGE_SIZE = 4096n;

/** Bytes of the phys_addr_t that %pa points at: i386 with PAE has 8 of them, too. */
const PHYS_SIZE = 8;

interface Pointer extends PointerArgument {
  readonly k: LinuxKernel;
  /** How deep in texts of %pV it is. */
  readonly depth: number;
}

const hex = (bytes: Uint8Array): string[] => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));

/** ASSUMED: no_hash_pointers. A hash would hide what a run shows, and be another one with each kernel. */
function plain({ k, value }: Pointer): string {
  return value.toString(16).padStart(2 * k.wordSize, '0');
}

/** `vmw_host_printf`, with S and B `vmw_host_printf+0x12`. */
function symbolic(pointer: Pointer): string {
  const { k, value, letters } = pointer;
  const place = k.services.symbolAt(letters[0] === 'B' ? value - 1n : value);
  if (place === null) return `0x${value.toString(16)}`;
  const offset = place.offset + Number(letters[0] === 'B');
  return letters[0] === 's' ? place.name : `${place.name}+0x${offset.toString(16)}`;
}

/** The octets of %pM: with colons, with F dashes, with R the last first; %pm has none between. */
function ethernet({ k, value, letters }: Pointer): string {
  const octets = hex(k.memory.read(value, 6));
  if (letters.includes('R')) octets.reverse();
  return octets.join(letters[0] === 'm' ? '' : letters.includes('F') ? '-' : ':');
}

/** %pI4, %pI6 and %pI6c (short); i: with leading zeroes, without colons. */
function internet(pointer: Pointer): string {
  const { k, value, letters } = pointer;
  const wide = letters[1] === '6';
  if (!wide && letters[1] !== '4') return plain(pointer);
  const address = k.memory.read(value, wide ? 16 : 4);
  if (letters[0] === 'I' && (!wide || letters[2] === 'c')) return addressText(address);
  if (!wide) return Array.from(address, (byte) => String(byte).padStart(3, '0')).join('.');
  const groups = hex(address).join('').match(/.{4}/g) ?? [];
  return groups.join(letters[0] === 'I' ? ':' : '');
}

/** As many bytes as the width says: with blanks between, C colons, D dashes, N nothing. */
function bytes({ k, value, letters, width }: Pointer): string {
  const between: Readonly<Record<string, string>> = { C: ':', D: '-', N: '' };
  return hex(k.memory.read(value, Math.min(HEX_LIMIT, Math.max(1, width)))).join(between[letters[1] ?? ''] ?? ' ');
}

/** struct va_format: a format and a pointer to its va_list, which on i386 is a pointer itself. */
function nested({ k, value, depth }: Pointer): string {
  if (depth >= NESTING_LIMIT) return '';
  const list = k.readWord(k.field(value, 1));
  const args = argumentsAt(k, k.wordSize === 8 ? list : k.readWord(list));
  const inner = {
    memory: k.memory,
    wordSize: k.wordSize,
    pointerText: (argument: PointerArgument) => pointerText(k, argument, depth + 1),
  };
  return formatText(inner, k.readWord(value), args);
}

/** `AB24 little-endian (0x34324241)`; the top bit says big-endian. */
function fourCharacters({ k, value }: Pointer): string {
  const code = Number(k.memory.readUint(value, 4));
  const characters = [0, 8, 16, 24].map((shift) => String.fromCharCode(((code & 0x7fffffff) >>> shift) & 0xff));
  const shown = characters.map((character) => (/[ -~]/.test(character) ? character : '.')).join('');
  return `${shown} ${code >>> 31 === 1 ? 'big' : 'little'}-endian (0x${code.toString(16).padStart(8, '0')})`;
}

/** A UUID, b: its numbers big-endian, l: little; capitals for capitals. */
function uuid({ k, value, letters }: Pointer): string {
  const order = /^U[lL]/.test(letters) ? [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] : [...Array(16).keys()];
  const octets = hex(k.memory.read(value, 16));
  const text = order
    .map((index) => octets[index])
    .join('')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return /^U[BL]/.test(letters) ? text.toUpperCase() : text;
}

/** By the first of the letters behind the p (lib/vsprintf.c); what is not here prints the address. */
const POINTERS: Readonly<Record<string, (pointer: Pointer) => string>> = {
  s: symbolic,
  S: symbolic,
  B: symbolic,
  M: ethernet,
  m: ethernet,
  I: internet,
  i: internet,
  h: bytes,
  V: nested,
  a: ({ k, value }) =>
    `0x${k.memory
      .readUint(value, PHYS_SIZE)
      .toString(16)
      .padStart(2 * PHYS_SIZE, '0')}`,
  4: fourCharacters,
  U: uuid,
};

/** These print an address, whatever it is. */
const ADDRESSES = /^([xKsSB].*)?$/;

/** The text of a %p with its letters. A pointer that cannot be one is named so and not followed. */
export function pointerText(k: LinuxKernel, argument: PointerArgument, depth = 0): Uint8Array {
  const pointer = { ...argument, k, depth };
  const { value, letters } = pointer;
  const how = POINTERS[letters[0] ?? ''];
  const error = BigInt.asUintN(k.wordSize * 8, -value);
  const bad = value === 0n ? '(null)' : value < PAGE_SIZE || error <= MAX_ERRNO ? '(efault)' : null;
  if (letters[0] === 'e' && error <= MAX_ERRNO && value !== 0n) return Buffer.from(`-${error}`);
  const followed = how !== undefined && !ADDRESSES.test(letters);
  return Buffer.from(followed && bad !== null ? bad : (how ?? plain)(pointer), 'latin1');
}
