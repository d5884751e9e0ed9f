import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectFile, parseObject } from '../../../src/object/index.ts';

export const MACHINES = ['amd64', 'i386'] as const;
export type TestMachine = (typeof MACHINES)[number];

const MODE: Readonly<Record<TestMachine, string>> = { amd64: '-m64', i386: '-m32' };

/** Freestanding, without what a distribution's compiler adds by itself. */
const FLAGS = ['-ffreestanding', '-fno-asynchronous-unwind-tables', '-fcf-protection=none', '-fno-stack-protector'];

/** Kernel code: not position independent, in the top 2 GiB. */
export const KERNEL: Readonly<Record<TestMachine, readonly string[]>> = {
  amd64: ['-fno-pie', '-mcmodel=kernel', '-mno-red-zone'],
  i386: ['-fno-pie'],
};

/** Runs a tool in a directory of its own. */
export function inTemporary<T>(work: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'vmtbench-test-'));
  try {
    return work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Is there a compiler for both machines? Otherwise its tests are skipped, and say so. */
export const hasCompiler = MACHINES.every((machine) =>
  inTemporary((directory) => {
    writeFileSync(join(directory, 'x.c'), 'int x;');
    const args = [MODE[machine], '-c', join(directory, 'x.c'), '-o', join(directory, 'x.o')];
    return works('gcc', args);
  }),
);
export const hasBinutils = works('readelf', ['--version']) && works('ld', ['--version']);

if (!hasCompiler) console.log('skipped: tests that compile, there is no gcc -m64 and -m32 here');
if (!hasBinutils) console.log('skipped: tests against binutils, there are none here');

export type Compiler = 'gcc' | 'clang';

/** Compiles C, or assembler if the text says so, to an object. */
export function compileBytes(
  source: string,
  machine: TestMachine,
  flags: readonly string[] = ['-O1'],
  compiler: Compiler = 'gcc',
): Uint8Array {
  return inTemporary((directory) => {
    const name = source.startsWith('#as') ? 'x.S' : 'x.c';
    writeFileSync(join(directory, name), source.replace(/^#as/, ''));
    execFileSync(compiler, [MODE[machine], ...FLAGS, ...flags, '-c', name, '-o', 'x.o'], {
      cwd: directory,
      stdio: 'pipe',
    });
    return readFileSync(join(directory, 'x.o'));
  });
}

export function compile(
  source: string,
  machine: TestMachine,
  flags?: readonly string[],
  compiler?: Compiler,
): ObjectFile {
  return parseObject(compileBytes(source, machine, flags, compiler), 'x.o');
}

const EMULATION: Readonly<Record<TestMachine, string>> = { amd64: 'elf_x86_64', i386: 'elf_i386' };

/** Compiles and links with ld. */
export function linkBytes(
  source: string,
  machine: TestMachine,
  flags: readonly string[],
  ldFlags: readonly string[],
): Uint8Array {
  const object = compileBytes(source, machine, flags);
  return inTemporary((directory) => {
    writeFileSync(join(directory, 'x.o'), object);
    const args = ['-m', EMULATION[machine], '--no-warnings', ...ldFlags, '-o', 'x', 'x.o'];
    execFileSync('ld', args, { cwd: directory, stdio: 'pipe' });
    return readFileSync(join(directory, 'x'));
  });
}

/** Drops the names that nobody needs to link the object. */
export function strip(object: Uint8Array): Uint8Array {
  return inTemporary((directory) => {
    writeFileSync(join(directory, 'x.o'), object);
    execFileSync('strip', ['--strip-unneeded', 'x.o'], { cwd: directory, stdio: 'pipe' });
    return readFileSync(join(directory, 'x.o'));
  });
}
