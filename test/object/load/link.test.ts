import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseObject } from '../../../src/object/index.ts';
import type { Image } from '../../../src/object/load/image.ts';
import { placeRelocatable } from '../../../src/object/load/relocatable.ts';
import {
  compileBytes,
  hasBinutils,
  hasCompiler,
  inTemporary,
  KERNEL,
  MACHINES,
  type TestMachine,
} from '../../guest/support/compile.ts';

const BASES = { amd64: 0xffffffff81000000n, i386: 0xd0200000n } as const;
const EXTERNALS: Readonly<Record<string, number>> = { outside: 0x1230, table: 0x4560, unknown: 0x10 };

/** The object's bytes as our loader leaves them, by section. */
function sectionsOf(image: Image): Map<string, Uint8Array> {
  const sections = new Map<string, Uint8Array>();
  for (const { name, address, size } of image.sections) {
    const region = image.regions.find((r) => address >= r.address && address < r.address + BigInt(r.size));
    if (region === undefined || size === 0) continue;
    const at = Number(address - region.address);
    const bytes = new Uint8Array(size);
    bytes.set(region.bytes.subarray(at, at + size));
    sections.set(name, bytes);
  }
  return sections;
}

/** The same object linked by ld with every section at the address that our loader chose. */
function linkedByLd(bytes: Uint8Array, image: Image, externals: ReadonlyMap<string, bigint>): Map<string, Uint8Array> {
  return inTemporary((directory) => {
    const hex = (value: bigint): string => `0x${value.toString(16)}`;
    const script = [
      ...[...externals].map(([name, address]) => `${name} = ${hex(address)};`),
      'SECTIONS {',
      ...image.sections.map(({ name, address }) => `${name} ${hex(address)} : { *(${name}) }`),
      '/DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) }',
      '}',
    ];
    writeFileSync(join(directory, 'x.o'), bytes);
    writeFileSync(join(directory, 'x.ld'), script.join('\n'));
    const args = ['--no-relax', '--no-warnings', '-z', 'norelro', '-T', 'x.ld', '-o', 'x', 'x.o'];
    const emulation = image.object.machine === 'amd64' ? 'elf_x86_64' : 'elf_i386';
    execFileSync('ld', ['-m', emulation, '-e', '0', ...args], { cwd: directory, stdio: 'pipe' });
    const linked = parseObject(readFileSync(join(directory, 'x')), 'x');
    const sections = new Map<string, Uint8Array>();
    for (const { name, offset, size, type } of linked.sections) {
      const content = type === 8 ? new Uint8Array(size) : linked.reader.slice(offset, size, name);
      sections.set(name, content);
    }
    return sections;
  });
}

const CODE = `
extern int outside(int); extern int table[8]; extern char unknown;
static int counter = 3; int zeroed[5]; const char *const names[] = { "one", "two", &unknown };
static int local(int x) { return x + counter; }
int (*const calls[])(int) = { local, outside };
int reach(int x) { zeroed[x & 3] = table[x & 7]; return local(x) + outside(x) + calls[x & 1](x) + names[x % 3][0]; }
int pick(int x) { switch (x) { case 0: return 5; case 1: return 7; case 2: return reach(1); case 3: return 9;
  case 4: return counter; case 5: return 11; default: return 0; } }
void *addresses[] = { &counter, &zeroed[2], table + 3, (char *)reach + 4 };
`;

/** Fields of every width; a whole address has the width of a pointer. */
const narrow = (pointer: string): string => `#as
  .text
start: .byte 0x90
  .byte end - start
  .word end - start
here: .long outside - here, end - here
  .data
  .word low
  .byte tiny, tiny + 1
  ${pointer} outside + 4
  .section .text.far,"ax",@progbits
end: nop
  .set low, 0x1234
  .set tiny, 0x12
`;

const SOURCES: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  plain: [CODE, ['-O1']],
  unoptimised: [CODE, ['-O0']],
  'in sections': [CODE, ['-O2', '-ffunction-sections', '-fdata-sections']],
};

function check(bytes: Uint8Array, machine: TestMachine): void {
  const base = BASES[machine];
  const externals = new Map(Object.entries(EXTERNALS).map(([name, at]) => [name, base + 0x400000n + BigInt(at)]));
  const object = parseObject(bytes, 'x.o');
  const image = placeRelocatable(object, base, (name) => externals.get(name) ?? 0n);
  const ours = sectionsOf(image);
  const theirs = linkedByLd(bytes, image, externals);
  expect(ours.size).toBeGreaterThan(1);
  for (const [name, content] of ours)
    expect([name, Buffer.from(content)]).toEqual([name, Buffer.from(theirs.get(name) ?? [])]);
}

describe.skipIf(!hasCompiler || !hasBinutils).each(MACHINES)('%s objects come out as ld links them', (machine) => {
  test.each(Object.keys(SOURCES))('%s', (name) => {
    const [source, flags] = SOURCES[name] ?? ['', []];
    check(compileBytes(source, machine, [...flags, ...KERNEL[machine]]), machine);
  });

  test('fields of one and two bytes', () => {
    check(compileBytes(narrow(machine === 'amd64' ? '.quad' : '.long'), machine), machine);
  });
});
