import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTemporary, linkBytes, type TestMachine } from './compile.ts';

/** Where Linux' tables lie, and what they count from (scripts/kallsyms.c of the release). */
export interface KallsymsStyle {
  /** Since Linux 6.5 the addresses come behind the tokens. */
  readonly order: 'before' | 'behind';
  /** CONFIG_KALLSYMS_ABSOLUTE_PERCPU. */
  readonly perCpu: boolean;
  /** kallsyms_seqs_of_names stands between the markers and the tokens (6.2 to 6.4), so many bytes each. */
  readonly seqs?: 3 | 4;
}

export const FUNCTIONS = 600;
/** A name of more than 127 tokens has its length in two bytes. */
export const LONG_NAME = `long_${'abcdefgh'.repeat(20)}`;

/** The functions `call_0` to `call_599`, which give their number, and one with a long name, in order of address. */
const NAMES: readonly string[] = [...Array.from({ length: FUNCTIONS }, (_, n) => `call_${n}`), LONG_NAME];

/** Bytes that stand for more than themselves, as the build chooses them. */
const PAIRS: Readonly<Record<number, string>> = { 1: 'Tcall_', 2: '12', 200: 'tcall_' };

const tokenTexts = Array.from({ length: 256 }, (_, byte) => {
  const text = PAIRS[byte];
  if (text !== undefined) return text;
  return /[\w.]/.test(String.fromCharCode(byte)) && byte < 128 ? String.fromCharCode(byte) : '';
});

/** A name with its type in tokens. */
function compressed(name: string): number[] {
  const bytes: number[] = [];
  for (let rest = name; rest !== ''; ) {
    const pair = Object.entries(PAIRS).find(([, text]) => rest.startsWith(text));
    bytes.push(pair === undefined ? rest.charCodeAt(0) : Number(pair[0]));
    rest = rest.slice(pair?.[1].length ?? 1);
  }
  return bytes;
}

/** A whole kernel with these tables and no other symbols, as a boot loader's image holds it. */
export function kernelImage(machine: TestMachine, style: KallsymsStyle): Uint8Array {
  const align = machine === 'amd64' ? 8 : 4;
  const word = machine === 'amd64' ? '.quad' : '.long';
  const code = NAMES.map((name, n) => `${name}: mov $${n}, %eax; ret`);
  // The first symbol is a processor's own variable.
  const all = style.perCpu ? ['Aper_cpu', ...NAMES.map((name) => `T${name}`)] : NAMES.map((name) => `t${name}`);
  const offsets = all.map((name) => {
    if (name === 'Aper_cpu') return '.long 64';
    return style.perCpu ? `.long _text - ${name.slice(1)} - 1` : `.long ${name.slice(1)} - _text`;
  });
  let at = 0;
  const markers: number[] = [];
  const names = all.map((name, index) => {
    const tokens = compressed(name);
    const length = tokens.length < 128 ? [tokens.length] : [(tokens.length & 0x7f) | 0x80, tokens.length >> 7];
    if (index % 256 === 0) markers.push(at);
    at += length.length + tokens.length;
    return `.byte ${[...length, ...tokens].join()}`;
  });
  let tokensAt = 0;
  const index = tokenTexts.map((text) => {
    tokensAt += text.length + 1;
    return tokensAt - text.length - 1;
  });
  const addresses = [offsets, [`${word} _text`]];
  const seqs =
    style.seqs === undefined
      ? []
      : all.map((_, n) => `.byte ${new Array<number>(style.seqs ?? 0).fill(n & 0xff).join()}`);
  const middle = [[`.long ${all.length}`], names, markers.map((marker) => `.long ${marker}`)];
  const tokens = [tokenTexts.map((text) => `.asciz "${text}"`), index.map((offset) => `.short ${offset}`)];
  const tables =
    style.order === 'before' ? [...addresses, ...middle, seqs, ...tokens] : [...middle, ...tokens, ...addresses, seqs];
  const data = tables.filter((table) => table.length > 0).flatMap((table) => [`.balign ${align}`, ...table]);
  const source = ['#as .text', '.globl _text', '_text:', ...code, '.section .rodata, "a"', '.ascii "before"', ...data];
  const text = machine === 'amd64' ? '0xffffffff81000000' : '0xc1000000';
  return stripAll(linkBytes(source.join('\n'), machine, [], ['-e', '_text', '-Ttext', text]));
}

function stripAll(file: Uint8Array): Uint8Array {
  return inTemporary((directory) => {
    writeFileSync(join(directory, 'x'), file);
    execFileSync('strip', ['-s', 'x'], { cwd: directory, stdio: 'pipe' });
    return readFileSync(join(directory, 'x'));
  });
}
