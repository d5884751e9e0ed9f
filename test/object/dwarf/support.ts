import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DebugInfo } from '../../../src/object/dwarf/index.ts';
import type { ObjectFile } from '../../../src/object/index.ts';
import { hasBinutils, hasCompiler, inTemporary, MACHINES, type TestMachine } from '../../guest/support/compile.ts';

export type Sources = Readonly<Record<string, string>>;

const MODE: Readonly<Record<TestMachine, readonly string[]>> = {
  amd64: ['-m64', '-mcmodel=kernel', '-mno-red-zone'],
  i386: ['-m32'],
};
const EMULATION: Readonly<Record<TestMachine, string>> = { amd64: 'elf_x86_64', i386: 'elf_i386' };
const FLAGS = ['-ffreestanding', '-fno-pie', '-fno-asynchronous-unwind-tables', '-fno-stack-protector'];

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The compilers at hand that build for both machines. */
export const COMPILERS: readonly string[] = [
  ...(hasCompiler ? ['gcc'] : []),
  ...(works('clang-14', '--version') ? ['clang-14'] : []),
];
export const hasTools = hasBinutils && works('objdump', '--version') && works('addr2line', '--version');

if (!COMPILERS.includes('clang-14')) console.log('skipped: debug information of clang, there is no clang-14 here');
if (!hasTools) console.log('skipped: debug information against binutils, there are none here');

/** Compiles the files that end in `.c` and makes one relocatable object of them. */
export function build(sources: Sources, compiler: string, machine: TestMachine, flags: readonly string[]): Uint8Array {
  return inTemporary((directory) => {
    const options = { cwd: directory, stdio: 'pipe' } as const;
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(directory, name), text);
    const units = Object.keys(sources).filter((name) => name.endsWith('.c'));
    const objects = units.map((name) => name.replace('.c', '.o'));
    const common = [...MODE[machine], ...FLAGS, ...flags];
    for (const [index, name] of units.entries()) {
      execFileSync(compiler, [...common, '-c', name, '-o', objects[index] ?? ''], options);
    }
    if (objects.length === 1) return readFileSync(join(directory, objects[0] ?? ''));
    execFileSync('ld', ['-r', '-m', EMULATION[machine], '-o', 'all.o', ...objects], options);
    return readFileSync(join(directory, 'all.o'));
  });
}

/** What a tool prints about an object's file; `input` goes to its standard input. */
export function inspect(bytes: Uint8Array, tool: string, args: readonly string[], input = ''): string {
  return inTemporary((directory) => {
    writeFileSync(join(directory, 'x.o'), bytes);
    const options = { cwd: directory, input, encoding: 'utf8', maxBuffer: 1 << 26 } as const;
    return execFileSync(tool, [...args, 'x.o'], { ...options, stdio: ['pipe', 'pipe', 'ignore'] });
  });
}

/** Links an object as a kernel is: at a fixed address, what it does not use left out. */
export function link(bytes: Uint8Array, machine: TestMachine, keep: readonly string[]): Uint8Array {
  return inTemporary((directory) => {
    writeFileSync(join(directory, 'x.o'), bytes);
    const place = machine === 'amd64' ? '0xffffffff81000000' : '0xd0200000';
    const flags = ['-m', EMULATION[machine], '-Ttext', place, '-e', '0', '--gc-sections'];
    const kept = keep.flatMap((name) => ['-u', name]);
    const arguments_ = [...flags, ...kept, '--unresolved-symbols=ignore-all', '-o', 'kernel', 'x.o'];
    execFileSync('ld', arguments_, { cwd: directory, stdio: 'pipe' });
    return readFileSync(join(directory, 'kernel'));
  });
}

/** Changes an object by objcopy. */
export function objcopy(bytes: Uint8Array, ...args: string[]): Uint8Array {
  return inTemporary((directory) => {
    writeFileSync(join(directory, 'x.o'), bytes);
    execFileSync('objcopy', [...args, 'x.o', 'y.o'], { cwd: directory, stdio: 'pipe' });
    return readFileSync(join(directory, 'y.o'));
  });
}

/** Indexes of the sections with code. */
export function codeSections(object: ObjectFile): number[] {
  return object.sections.filter(({ flags, size }) => (flags & 4) !== 0 && size > 0).map(({ index }) => index);
}

/** Asks everything that can be asked; tells how many answers there were. */
export function interrogate(info: DebugInfo, object: ObjectFile, names: readonly string[]): number {
  let answers = 0;
  for (const section of codeSections(object)) {
    const size = object.sections[section]?.size ?? 0;
    for (let offset = 0; offset < size; offset += 5) {
      if (info.lineAt(section, offset) !== null) answers++;
      if (info.functionAt(section, offset) !== null) answers++;
    }
    for (const { line } of info.rows(section)) answers += line > 0 ? 1 : 0;
  }
  for (const name of names) {
    if (info.sizeOf(name) !== null) answers++;
    for (const member of info.layoutOf(name)?.members ?? []) {
      answers += member.size === null ? 0 : 1;
      answers += member.layout()?.members.length ?? 0;
    }
    if (info.layoutOf(name)?.offsetOf('no.such.member') === null) answers++;
  }
  return answers;
}

export interface Variant {
  readonly compiler: string;
  readonly machine: TestMachine;
  readonly flags: readonly string[];
  readonly title: string;
}

/** Every compiler, machine and optimisation with each of these sets of flags. */
export function variants(sets: readonly (readonly string[])[]): Variant[] {
  const all = COMPILERS.flatMap((compiler) =>
    MACHINES.flatMap((machine) =>
      ['-O0', '-O2'].flatMap((level) => sets.map((set) => ({ compiler, machine, flags: [level, ...set] }))),
    ),
  );
  return all.map((variant) => ({ ...variant, title: [variant.compiler, variant.machine, ...variant.flags].join(' ') }));
}

export const VERSIONS: readonly (readonly string[])[] = [2, 3, 4, 5].map((version) => [`-gdwarf-${version}`]);
