import { VmtbenchError } from '../../errors.ts';
import { malformed, truncated } from './errors.ts';
import { ElfReader } from './reader.ts';

/** The processors whose code can run. */
export type ElfMachine = 'amd64' | 'i386';
/** ET_REL, ET_EXEC, ET_DYN. */
export type ElfType = 'relocatable' | 'executable' | 'shared';

/** The ELF header: what kind of file this is and where its two tables lie. */
export interface ElfHeader {
  readonly type: ElfType;
  readonly machine: ElfMachine;
  readonly entry: bigint;
  readonly programHeaders: { readonly offset: number; readonly entrySize: number; readonly count: number };
  readonly sectionHeaders: { readonly offset: number; readonly entrySize: number; readonly count: number };
  /** Raw e_shstrndx; 0xffff means that the first section's link has it. */
  readonly sectionNames: number;
}

const EI_CLASS = 4;
const EI_DATA = 5;
const ELFDATA2LSB = 1;

const TYPES: Readonly<Record<number, ElfType>> = { 1: 'relocatable', 2: 'executable', 3: 'shared' };
/** e_machine and the ELF class that goes with it (ELFCLASS32 is 1, ELFCLASS64 is 2). */
const MACHINES: Readonly<Record<number, { machine: ElfMachine; elfClass: number }>> = {
  3: { machine: 'i386', elfClass: 1 },
  62: { machine: 'amd64', elfClass: 2 },
};
/** Machines that people do hand in, to say what it is instead of a number. */
const OTHER_MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  8: 'MIPS',
  20: 'PowerPC',
  40: '32-bit ARM',
  183: 'AArch64',
  243: 'RISC-V',
};

/** Reads the header. Throws `elf.magic`, `elf.machine`, `elf.type`, `elf.truncated`. */
export function readHeader(bytes: Uint8Array, name: string): { reader: ElfReader; header: ElfHeader } {
  checkMagic(bytes, name);
  const elfClass = bytes[EI_CLASS];
  const reader = new ElfReader(name, bytes, elfClass === 2);
  const machineNumber = reader.u16(18, 'the ELF header');
  const known = MACHINES[machineNumber];
  if (bytes[EI_DATA] !== ELFDATA2LSB || known === undefined || known.elfClass !== elfClass) {
    throw wrongMachine(name, machineNumber, elfClass);
  }
  const typeNumber = reader.u16(16, 'the ELF header');
  const type = TYPES[typeNumber];
  if (type === undefined) {
    const hint = 'Give an object file (cc -c), a kernel module or a shared library.';
    throw new VmtbenchError('elf.type', `${name}: ELF file of type ${typeNumber} is not a program or object`, hint);
  }
  return { reader, header: { type, machine: known.machine, ...readTables(reader) } };
}

function checkMagic(bytes: Uint8Array, name: string): void {
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (magic.every((byte, index) => bytes[index] === byte)) {
    if (bytes.length < 20) throw truncated(name, 'the ELF header', 0, 52);
    return;
  }
  const hint = 'Give a compiled object, for example the vmt.o of a kernel build; bare machine code goes to exec.';
  throw new VmtbenchError('elf.magic', `${name}: not an ELF file`, hint);
}

function wrongMachine(name: string, machine: number, elfClass: number | undefined): VmtbenchError {
  const what = OTHER_MACHINES[machine] ?? (machine === 62 && elfClass === 1 ? 'x32' : `ELF machine ${machine}`);
  const hint = 'The backdoor is an x86 interface: compile for amd64 or i386.';
  return new VmtbenchError('elf.machine', `${name}: code for ${what}, not for amd64 or i386`, hint);
}

function readTables(reader: ElfReader): Omit<ElfHeader, 'type' | 'machine'> {
  const what = 'the ELF header';
  const word = reader.wordSize;
  const tables = 24 + word;
  // After the three addresses come e_flags and e_ehsize, then the six 16-bit fields.
  const sizes = tables + 2 * word + 6;
  const half = (index: number): number => reader.u16(sizes + 2 * index, what);
  const programEntry = reader.is64 ? 56 : 32;
  const sectionEntry = reader.is64 ? 64 : 40;
  const header = {
    entry: reader.word(24, what),
    programHeaders: { offset: reader.count(tables, what), entrySize: half(0), count: half(1) },
    sectionHeaders: { offset: reader.count(tables + word, what), entrySize: half(2), count: half(3) },
    sectionNames: half(4),
  };
  const { programHeaders, sectionHeaders } = header;
  if (programHeaders.count > 0 && programHeaders.entrySize < programEntry) {
    throw malformed(reader.name, `program headers of ${programHeaders.entrySize} bytes`);
  }
  if (sectionHeaders.offset > 0 && sectionHeaders.entrySize < sectionEntry) {
    throw malformed(reader.name, `section headers of ${sectionHeaders.entrySize} bytes`);
  }
  return header;
}
