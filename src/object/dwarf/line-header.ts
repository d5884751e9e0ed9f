import type { Cursor } from './cursor.ts';
import { damaged } from './errors.ts';
import { type FormContext, readForm } from './forms.ts';
import type { DebugSections } from './sections.ts';
import { readText } from './text.ts';
import type { Work } from './work.ts';

/** A source file as a line table names it. */
export interface FileEntry {
  readonly name: string;
  readonly directory: number;
}

/** The header of one unit's line table (DWARF 5, 6.2.4; before that, DWARF 4, 6.2.4). */
export interface LineHeader {
  readonly version: number;
  readonly minimumInstruction: number;
  readonly statementByDefault: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** How many numbers follow each standard opcode. */
  readonly opcodeLengths: readonly number[];
  /** The first is the directory of the compilation, null where only the unit itself knows it. */
  readonly directories: readonly (string | null)[];
  /** By the number that the rows have: the first of DWARF 2 to 4 is number 1. */
  readonly files: (FileEntry | undefined)[];
  /** Where the program starts. */
  readonly program: number;
}

/** What a name's text is looked up with. */
export interface Texts {
  readonly sections: DebugSections;
  readonly work: Work;
}

/** `cursor` is behind the unit's length and ends with the unit. */
export function readLineHeader(cursor: Cursor, offsetSize: 4 | 8, texts: Texts): LineHeader {
  const version = cursor.unsigned(2);
  if (version < 2 || version > 5) throw damaged(`line table version ${version} is not known`);
  let addressSize = 8;
  if (version >= 5) {
    addressSize = cursor.u8();
    cursor.skip(1); // of segment selectors
  }
  const length = cursor.unsigned(offsetSize);
  const program = cursor.at + length;
  const minimumInstruction = cursor.u8();
  if (version >= 4) cursor.skip(1); // operations an instruction: VLIW processors only
  const statementByDefault = cursor.u8() !== 0;
  const lineBase = cursor.i8();
  const lineRange = cursor.u8();
  if (lineRange === 0) throw damaged('a line table steps by no lines');
  const opcodeBase = cursor.u8();
  const opcodeLengths = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => cursor.u8());
  const context = { version, offsetSize, addressSize: addressSize === 4 ? 4 : 8 } as const;
  const names = version >= 5 ? readNames(cursor, context, texts) : readOldNames(cursor, texts);
  return {
    version,
    minimumInstruction,
    statementByDefault,
    lineBase,
    lineRange,
    opcodeBase,
    opcodeLengths,
    ...names,
    program,
  };
}

type Names = Pick<LineHeader, 'directories' | 'files'>;

/** Two lists of strings, each ended by an empty one. */
function readOldNames(cursor: Cursor, texts: Texts): Names {
  const directories: (string | null)[] = [null];
  const files: (FileEntry | undefined)[] = [undefined];
  const text = (): string =>
    readText({ kind: 'text', section: cursor.section, at: cursor.skipString() }, texts.sections, texts.work) ?? '';
  const ended = (): boolean => cursor.section.bytes[cursor.at] === 0;
  while (!ended()) directories.push(text());
  cursor.skip(1);
  while (!ended()) files.push(readOldFile(cursor, texts));
  return { directories, files };
}

/** A file as the old header, and DW_LNE_define_file, have it. */
export function readOldFile(cursor: Cursor, { sections, work }: Texts): FileEntry {
  const at = cursor.skipString();
  const name = readText({ kind: 'text', section: cursor.section, at }, sections, work) ?? '';
  const directory = cursor.uleb();
  cursor.uleb(); // time of its last change
  cursor.uleb(); // size
  return { name, directory };
}

const DW_LNCT_path = 1;
const DW_LNCT_directory_index = 2;

function readNames(cursor: Cursor, context: FormContext, texts: Texts): Names {
  const directories = readTable(cursor, context, texts).map(({ name }) => name);
  return { directories, files: readTable(cursor, context, texts) };
}

/** A list that says itself what it tells about each entry. */
function readTable(cursor: Cursor, context: FormContext, { sections, work }: Texts): FileEntry[] {
  const format = Array.from({ length: cursor.u8() }, () => ({ content: cursor.uleb(), form: cursor.uleb() }));
  const count = cursor.uleb();
  const entries: FileEntry[] = [];
  if (count > cursor.end) throw damaged(`a line table of ${count} files`);
  for (let index = 0; index < count; index++) {
    work.spend(1);
    let name = '';
    let directory = 0;
    for (const { content, form } of format) {
      const value = readForm(cursor, form, context);
      if (content === DW_LNCT_path) name = readText(value, sections, work) ?? '';
      else if (content === DW_LNCT_directory_index && value.kind === 'constant') directory = value.value;
    }
    entries.push({ name, directory });
  }
  return entries;
}
