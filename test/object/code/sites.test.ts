import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeSitesOf, parseObject } from '../../../src/object/index.ts';
import { compileBytes, hasCompiler, KERNEL } from '../../guest/support/compile.ts';

const KERNELS = 'fixtures/kernels';
const OBJECTS = readdirSync(KERNELS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.o'));
const hasObjdump = spawnSync('objdump', ['--version']).status === 0;

const SITE = /\t(?:rep[nz]* )?(?:in|out|ins[bwl]|outs[bwl]|vmcall|vmmcall)\b(?!.*\$0x)/;

/** What objdump -d has of such instructions. */
const counted = (path: string): number =>
  spawnSync('objdump', ['-d', '--no-show-raw-insn', path], { encoding: 'utf8', maxBuffer: 1 << 28 })
    .stdout.split('\n')
    .filter((line) => SITE.test(line)).length;

const sitesOf = (path: string) => codeSitesOf(parseObject(readFileSync(path), path));

describe.skipIf(!hasObjdump)('the sites of an object are what objdump -d counts', () => {
  it.each(OBJECTS)('%s', (name) => {
    const path = join(KERNELS, name);
    expect(sitesOf(path)).toHaveLength(counted(path));
  });
});

describe.skipIf(!hasCompiler)('a site', () => {
  const of = (source: string) =>
    codeSitesOf(parseObject(compileBytes(source, 'amd64', ['-O1', ...KERNEL.amd64]), 'x.o')).map(
      ({ instruction, uncalled }) => `${instruction}${uncalled ? ' uncalled' : ''}`,
    );

  it('has its port in DX', () => {
    expect(
      of('void f(void) { __asm__ volatile("in $0x60,%al; out %al,$0x61; in (%dx),%al; out %eax,(%dx)"); }'),
    ).toEqual(['in uncalled', 'out uncalled']);
  });

  it('may be a string or a hypercall', () => {
    const asm = 'rep insb; outsl; vmcall; vmmcall';
    expect(of(`void f(void) { __asm__ volatile("${asm}"); } void (*g)(void) = f;`)).toEqual([
      'ins',
      'outs',
      'vmcall',
      'vmmcall',
    ]);
  });

  it('is called where another function calls its own, by name or within the section', () => {
    const called = '__attribute__((noinline)) static void f(void) { __asm__ volatile("in (%dx),%al"); }';
    expect(of(`${called} int g(void) { f(); return 1; }`)).toEqual(['in']);
  });

  it('is found behind data in the code', () => {
    const source =
      '__asm__(".text; .byte 0x06, 0x0f; .globl f; .type f,@function; f: in (%dx),%eax; ret; .size f,.-f");';
    expect(of(source)).toEqual(['in uncalled']);
  });
});
