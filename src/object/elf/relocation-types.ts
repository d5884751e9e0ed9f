import type { ElfMachine } from './header.ts';

/**
 * How a relocation computes its value, in the letters of the ABI documents: S the symbol, A the addend, P the place,
 * GOT the global offset table, G the symbol's offset in it, B the load address, Z the symbol's size, TP the offset
 * from the thread pointer, DTP the offset in the module's thread-local block. GTP is a slot of the table that holds TP,
 * GTLS a pair that holds the module and DTP, GMODULE a pair that holds the module and 0. `resolver`: a function in
 * the guest gives the value; `copy`: the program has the library's variable itself.
 */
export type Formula =
  | 'none'
  | 'S+A'
  | 'S+A-P'
  | 'S'
  | 'B+A'
  | 'Z+A'
  | 'G+A'
  | 'G+GOT+A'
  | 'G+GOT+A-P'
  | 'GOT+A-P'
  | 'S+A-GOT'
  | 'module'
  | 'DTP+A'
  | 'TP+A'
  | 'A-TP'
  | 'GTP+GOT+A'
  | 'GTP+GOT+A-P'
  | 'GTP+A'
  | 'GTLS+GOT+A-P'
  | 'GTLS+A'
  | 'GMODULE+GOT+A-P'
  | 'GMODULE+A'
  | 'resolver'
  | 'copy'
  | 'unsupported';

/** What must hold for the value to fit the field. */
export type Overflow = 'any' | 'signed' | 'unsigned' | 'either';

export interface RelocationType {
  /** The name in the psABI. */
  readonly name: string;
  /** Bytes of the field. */
  readonly size: 0 | 1 | 2 | 4 | 8;
  readonly formula: Formula;
  readonly overflow: Overflow;
}

type Row = [number: number, name: string, size: RelocationType['size'], formula: Formula, overflow?: Overflow];

/** System V ABI, AMD64 supplement, "Relocation types". Those of TLS descriptors are named only. */
const AMD64: readonly Row[] = [
  [0, 'R_X86_64_NONE', 0, 'none'],
  [1, 'R_X86_64_64', 8, 'S+A'],
  [2, 'R_X86_64_PC32', 4, 'S+A-P', 'signed'],
  [3, 'R_X86_64_GOT32', 4, 'G+A', 'signed'],
  [4, 'R_X86_64_PLT32', 4, 'S+A-P', 'signed'],
  [5, 'R_X86_64_COPY', 0, 'copy'],
  [6, 'R_X86_64_GLOB_DAT', 8, 'S'],
  [7, 'R_X86_64_JUMP_SLOT', 8, 'S'],
  [8, 'R_X86_64_RELATIVE', 8, 'B+A'],
  [9, 'R_X86_64_GOTPCREL', 4, 'G+GOT+A-P', 'signed'],
  [10, 'R_X86_64_32', 4, 'S+A', 'unsigned'],
  [11, 'R_X86_64_32S', 4, 'S+A', 'signed'],
  [12, 'R_X86_64_16', 2, 'S+A', 'either'],
  [13, 'R_X86_64_PC16', 2, 'S+A-P', 'signed'],
  [14, 'R_X86_64_8', 1, 'S+A', 'either'],
  [15, 'R_X86_64_PC8', 1, 'S+A-P', 'signed'],
  [16, 'R_X86_64_DTPMOD64', 8, 'module'],
  [17, 'R_X86_64_DTPOFF64', 8, 'DTP+A'],
  [18, 'R_X86_64_TPOFF64', 8, 'TP+A'],
  [19, 'R_X86_64_TLSGD', 4, 'GTLS+GOT+A-P', 'signed'],
  [20, 'R_X86_64_TLSLD', 4, 'GMODULE+GOT+A-P', 'signed'],
  [21, 'R_X86_64_DTPOFF32', 4, 'DTP+A', 'signed'],
  [22, 'R_X86_64_GOTTPOFF', 4, 'GTP+GOT+A-P', 'signed'],
  [23, 'R_X86_64_TPOFF32', 4, 'TP+A', 'signed'],
  [24, 'R_X86_64_PC64', 8, 'S+A-P'],
  [25, 'R_X86_64_GOTOFF64', 8, 'S+A-GOT'],
  [26, 'R_X86_64_GOTPC32', 4, 'GOT+A-P', 'signed'],
  [27, 'R_X86_64_GOT64', 8, 'G+A'],
  [28, 'R_X86_64_GOTPCREL64', 8, 'G+GOT+A-P'],
  [29, 'R_X86_64_GOTPC64', 8, 'GOT+A-P'],
  [30, 'R_X86_64_GOTPLT64', 8, 'G+A'],
  [31, 'R_X86_64_PLTOFF64', 8, 'S+A-GOT'],
  [32, 'R_X86_64_SIZE32', 4, 'Z+A', 'unsigned'],
  [33, 'R_X86_64_SIZE64', 8, 'Z+A'],
  [34, 'R_X86_64_GOTPC32_TLSDESC', 4, 'unsupported'],
  [35, 'R_X86_64_TLSDESC_CALL', 0, 'unsupported'],
  [36, 'R_X86_64_TLSDESC', 8, 'unsupported'],
  [37, 'R_X86_64_IRELATIVE', 8, 'resolver'],
  [38, 'R_X86_64_RELATIVE64', 8, 'B+A'],
  [39, 'R_X86_64_PC32_BND', 4, 'S+A-P', 'signed'],
  [40, 'R_X86_64_PLT32_BND', 4, 'S+A-P', 'signed'],
  [41, 'R_X86_64_GOTPCRELX', 4, 'G+GOT+A-P', 'signed'],
  [42, 'R_X86_64_REX_GOTPCRELX', 4, 'G+GOT+A-P', 'signed'],
  [43, 'R_X86_64_CODE_4_GOTPCRELX', 4, 'G+GOT+A-P', 'signed'],
  [44, 'R_X86_64_CODE_4_GOTTPOFF', 4, 'GTP+GOT+A-P', 'signed'],
  [250, 'R_X86_64_GNU_VTINHERIT', 0, 'none'],
  [251, 'R_X86_64_GNU_VTENTRY', 0, 'none'],
];

/** System V ABI, Intel386 supplement. Arithmetic is modulo 2^32: 32-bit fields cannot overflow. */
const I386: readonly Row[] = [
  [0, 'R_386_NONE', 0, 'none'],
  [1, 'R_386_32', 4, 'S+A'],
  [2, 'R_386_PC32', 4, 'S+A-P'],
  [3, 'R_386_GOT32', 4, 'G+A'],
  [4, 'R_386_PLT32', 4, 'S+A-P'],
  [5, 'R_386_COPY', 0, 'copy'],
  [6, 'R_386_GLOB_DAT', 4, 'S'],
  [7, 'R_386_JUMP_SLOT', 4, 'S'],
  [8, 'R_386_RELATIVE', 4, 'B+A'],
  [9, 'R_386_GOTOFF', 4, 'S+A-GOT'],
  [10, 'R_386_GOTPC', 4, 'GOT+A-P'],
  [11, 'R_386_32PLT', 4, 'S+A'],
  [14, 'R_386_TLS_TPOFF', 4, 'TP+A'],
  [15, 'R_386_TLS_IE', 4, 'GTP+GOT+A'],
  [16, 'R_386_TLS_GOTIE', 4, 'GTP+A'],
  [17, 'R_386_TLS_LE', 4, 'TP+A'],
  [18, 'R_386_TLS_GD', 4, 'GTLS+A'],
  [19, 'R_386_TLS_LDM', 4, 'GMODULE+A'],
  [20, 'R_386_16', 2, 'S+A', 'either'],
  [21, 'R_386_PC16', 2, 'S+A-P', 'either'],
  [22, 'R_386_8', 1, 'S+A', 'either'],
  [23, 'R_386_PC8', 1, 'S+A-P', 'signed'],
  [32, 'R_386_TLS_LDO_32', 4, 'DTP+A'],
  [34, 'R_386_TLS_LE_32', 4, 'A-TP'],
  [35, 'R_386_TLS_DTPMOD32', 4, 'module'],
  [36, 'R_386_TLS_DTPOFF32', 4, 'DTP+A'],
  [37, 'R_386_TLS_TPOFF32', 4, 'A-TP'],
  [38, 'R_386_SIZE32', 4, 'Z+A'],
  [39, 'R_386_TLS_GOTDESC', 4, 'unsupported'],
  [40, 'R_386_TLS_DESC_CALL', 0, 'unsupported'],
  [41, 'R_386_TLS_DESC', 4, 'unsupported'],
  [42, 'R_386_IRELATIVE', 4, 'resolver'],
  [43, 'R_386_GOT32X', 4, 'G+A'],
  [250, 'R_386_GNU_VTINHERIT', 0, 'none'],
  [251, 'R_386_GNU_VTENTRY', 0, 'none'],
];

function table(rows: readonly Row[]): ReadonlyMap<number, RelocationType> {
  return new Map(
    rows.map(([number, name, size, formula, overflow = 'any']) => [number, { name, size, formula, overflow }]),
  );
}

/** The relocation types of each machine by their number. */
export const RELOCATION_TYPES: Readonly<Record<ElfMachine, ReadonlyMap<number, RelocationType>>> = {
  amd64: table(AMD64),
  i386: table(I386),
};
