import type { Cursor, DebugSection } from './cursor.ts';
import { damaged } from './errors.ts';

/** A value as the debug information has it: not yet looked up in other sections. */
export type FormValue =
  | { readonly kind: 'address'; readonly value: bigint }
  | { readonly kind: 'addressIndex'; readonly index: number }
  /** Beyond 2^53 rounded. */
  | { readonly kind: 'constant'; readonly value: number }
  /** Into another section, which the attribute's name tells. */
  | { readonly kind: 'offset'; readonly value: number }
  | { readonly kind: 'listIndex'; readonly index: number }
  /** From the start of the unit. */
  | { readonly kind: 'unitReference'; readonly value: number }
  /** From the start of .debug_info. */
  | { readonly kind: 'reference'; readonly value: number }
  | { readonly kind: 'signature'; readonly value: bigint }
  /** Inside the section at hand. */
  | { readonly kind: 'text'; readonly section: DebugSection; readonly at: number }
  | { readonly kind: 'textOffset'; readonly section: '.debug_str' | '.debug_line_str'; readonly at: number }
  | { readonly kind: 'textIndex'; readonly index: number }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'flag'; readonly value: boolean }
  /** In a file of its own, which is not looked for. */
  | { readonly kind: 'elsewhere' };

/** What a form's size may depend on. */
export interface FormContext {
  readonly version: number;
  readonly addressSize: 4 | 8;
  readonly offsetSize: 4 | 8;
}

type Reader = (cursor: Cursor, context: FormContext) => FormValue;
type Size = 1 | 2 | 3 | 4 | 8;

const ELSEWHERE: FormValue = { kind: 'elsewhere' };
const PRESENT: FormValue = { kind: 'flag', value: true };

const constant =
  (size: Size): Reader =>
  (cursor) => ({ kind: 'constant', value: cursor.unsigned(size) });
const unitReference =
  (size: Size): Reader =>
  (cursor) => ({ kind: 'unitReference', value: cursor.unsigned(size) });
const textIndex =
  (size: Size): Reader =>
  (cursor) => ({ kind: 'textIndex', index: cursor.unsigned(size) });
const addressIndex =
  (size: Size): Reader =>
  (cursor) => ({ kind: 'addressIndex', index: cursor.unsigned(size) });
const textOffset =
  (section: '.debug_str' | '.debug_line_str'): Reader =>
  (cursor, { offsetSize }) => ({ kind: 'textOffset', section, at: cursor.unsigned(offsetSize) });
const elsewhere =
  (size: (context: FormContext) => Size): Reader =>
  (cursor, context) => {
    cursor.skip(size(context));
    return ELSEWHERE;
  };

function block(cursor: Cursor, size: number): FormValue {
  const at = cursor.skip(size);
  return { kind: 'block', bytes: cursor.section.bytes.subarray(at, at + size) };
}

/** DWARF 5, 7.5.6, table 7.6, and the GNU forms that came before it. */
const READERS: Readonly<Record<number, Reader>> = {
  1: (cursor, { addressSize }) => ({ kind: 'address', value: cursor.address(addressSize) }), // addr
  3: (cursor) => block(cursor, cursor.unsigned(2)), // block2
  4: (cursor) => block(cursor, cursor.unsigned(4)), // block4
  5: constant(2), // data2
  6: constant(4), // data4
  7: constant(8), // data8
  8: (cursor) => ({ kind: 'text', section: cursor.section, at: cursor.skipString() }), // string
  9: (cursor) => block(cursor, cursor.uleb()), // block
  10: (cursor) => block(cursor, cursor.u8()), // block1
  11: constant(1), // data1
  12: (cursor) => ({ kind: 'flag', value: cursor.u8() !== 0 }), // flag
  13: (cursor) => ({ kind: 'constant', value: cursor.sleb() }), // sdata
  14: textOffset('.debug_str'), // strp
  15: (cursor) => ({ kind: 'constant', value: cursor.uleb() }), // udata
  // DWARF 2 gave ref_addr the size of an address.
  16: (cursor, { version, addressSize, offsetSize }) => {
    return { kind: 'reference', value: cursor.unsigned(version <= 2 ? addressSize : offsetSize) };
  },
  17: unitReference(1), // ref1
  18: unitReference(2), // ref2
  19: unitReference(4), // ref4
  20: unitReference(8), // ref8
  21: (cursor) => ({ kind: 'unitReference', value: cursor.uleb() }), // ref_udata
  23: (cursor, { offsetSize }) => ({ kind: 'offset', value: cursor.unsigned(offsetSize) }), // sec_offset
  24: (cursor) => block(cursor, cursor.uleb()), // exprloc
  25: () => PRESENT, // flag_present
  26: (cursor) => ({ kind: 'textIndex', index: cursor.uleb() }), // strx
  27: (cursor) => ({ kind: 'addressIndex', index: cursor.uleb() }), // addrx
  28: elsewhere(() => 4), // ref_sup4
  29: elsewhere(({ offsetSize }) => offsetSize), // strp_sup
  30: (cursor) => block(cursor, 16), // data16
  31: textOffset('.debug_line_str'), // line_strp
  32: (cursor) => ({ kind: 'signature', value: cursor.address(8) }), // ref_sig8
  34: (cursor) => ({ kind: 'listIndex', index: cursor.uleb() }), // loclistx
  35: (cursor) => ({ kind: 'listIndex', index: cursor.uleb() }), // rnglistx
  36: elsewhere(() => 8), // ref_sup8
  37: textIndex(1), // strx1
  38: textIndex(2), // strx2
  39: textIndex(3), // strx3
  40: textIndex(4), // strx4
  41: addressIndex(1), // addrx1
  42: addressIndex(2), // addrx2
  43: addressIndex(3), // addrx3
  44: addressIndex(4), // addrx4
  7937: (cursor) => ({ kind: 'addressIndex', index: cursor.uleb() }), // GNU_addr_index
  7938: (cursor) => ({ kind: 'textIndex', index: cursor.uleb() }), // GNU_str_index
  7968: elsewhere(({ offsetSize }) => offsetSize), // GNU_ref_alt
  7969: elsewhere(({ offsetSize }) => offsetSize), // GNU_strp_alt
};

const DW_FORM_indirect = 0x16;
const DW_FORM_implicit_const = 0x21;

/** Reads one value. `implicit` is what the abbreviation has for DW_FORM_implicit_const. */
export function readForm(cursor: Cursor, form: number, context: FormContext, implicit = 0): FormValue {
  if (form === DW_FORM_implicit_const) return { kind: 'constant', value: implicit };
  const reader = READERS[form === DW_FORM_indirect ? cursor.uleb() : form];
  if (reader === undefined) throw damaged(`attribute form ${form} is not known`);
  return reader(cursor, context);
}
