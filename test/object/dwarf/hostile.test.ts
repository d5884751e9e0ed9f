import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DebugInfo } from '../../../src/object/dwarf/index.ts';
import { type ObjectFile, parseObject } from '../../../src/object/index.ts';
import { LINES, STRUCTURES } from './sources.ts';
import { build, COMPILERS, hasTools, interrogate } from './support.ts';

const NAMES = ['node', 'holder_t', 'later', 'tight', 'state', 'u8', 'long int', 'number'];

const isDebug = (name: string): boolean => name.includes('debug_');

/** The object with its debug sections' bytes changed, and their relocations as they are. */
function changed(object: ObjectFile, change: (name: string, bytes: Uint8Array) => Uint8Array): ObjectFile {
  const bytes = new Uint8Array(object.reader.bytes);
  const sections = object.sections.map((section) => {
    if (!/^\.z?debug_/.test(section.name)) return section;
    const at = bytes.subarray(section.offset, section.offset + section.size);
    const now = change(section.name, new Uint8Array(at));
    at.set(now.subarray(0, section.size));
    return { ...section, size: Math.min(section.size, now.length) };
  });
  const copy = parseObject(bytes, 'hostile.o');
  return { ...copy, sections };
}

/** Asks everything: any exception fails the test. */
function ask(object: ObjectFile): number {
  const info = new DebugInfo(object);
  const answers = interrogate(info, object, NAMES);
  for (const problem of info.problems) expect(problem).toMatch(/^debug information: \S/);
  return answers;
}

const SOURCES = { ...LINES, ...STRUCTURES };
const OBJECTS = [
  { compiler: 'gcc', version: 2, machine: 'i386' },
  { compiler: 'gcc', version: 4, machine: 'amd64' },
  { compiler: 'gcc', version: 5, machine: 'amd64' },
  { compiler: 'gcc', version: 5, machine: 'i386' },
  { compiler: 'clang-14', version: 4, machine: 'amd64' },
  { compiler: 'clang-14', version: 5, machine: 'i386' },
] as const;
const AT_HAND = OBJECTS.filter(({ compiler }) => COMPILERS.includes(compiler));

describe.skipIf(!hasTools).each(AT_HAND)('$compiler $machine -gdwarf-$version, damaged', (variant) => {
  const flags = ['-O2', `-gdwarf-${variant.version}`];
  const object = parseObject(build(SOURCES, variant.compiler, variant.machine, flags), 'x.o');
  const whole = ask(object);
  const names = object.sections.map(({ name }) => name).filter((name) => name.startsWith('.debug_'));

  test('one section cut off: fewer answers', () => {
    const counts = new Set<number>();
    for (const name of names) {
      const size = object.sections.find((section) => section.name === name)?.size ?? 0;
      const step = Math.max(1, Math.floor(size / 30));
      for (let length = 0; length < size; length += step) {
        counts.add(ask(changed(object, (each, bytes) => (each === name ? bytes.subarray(0, length) : bytes))));
      }
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(whole);
    expect(counts.size).toBeGreaterThan(8);
    expect(Math.min(...counts)).toBeLessThan(whole / 2);
  });

  test('bytes changed', () => {
    const change = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 0x7f, 0x80, 0xff), fc.nat(255)));
    const changes = fc.array(change, { minLength: 1, maxLength: 8 });
    let lost = 0;
    fc.assert(
      fc.property(fc.constantFrom(...names), changes, (name, list) => {
        const broken = changed(object, (each, bytes) => {
          if (each === name) for (const [at, value] of list) bytes[at % bytes.length] = value;
          return bytes;
        });
        if (ask(broken) < whole) lost++;
      }),
      { numRuns: 500, seed: 4 },
    );
    expect(lost).toBeGreaterThan(20);
  });

  test('relocations changed', () => {
    const relocations = object.sections.filter(({ name, type }) => isDebug(name) && (type === 4 || type === 9));
    fc.assert(
      fc.property(fc.constantFrom(...relocations), fc.nat(), fc.nat(255), ({ offset, size }, at, value) => {
        const bytes = new Uint8Array(object.reader.bytes);
        bytes[offset + (at % size)] = value;
        ask(parseObject(bytes, 'hostile.o'));
      }),
      { numRuns: 100, seed: 4 },
    );
    expect(ask(parseObject(object.reader.bytes, 'x.o'))).toBe(whole);
  });

  test('noise instead of a section', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ minLength: 64, maxLength: 64 }), (name, noise) => {
        ask(
          changed(object, (each, bytes) =>
            each === name ? bytes.map((_, at) => (noise[at % 64] ?? 0) ^ (at >> 6)) : bytes,
          ),
        );
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});

/** What an object's sections are replaced with; all relocations of debug sections are dropped. */
function withSections(contents: Readonly<Record<string, readonly number[]>>): ObjectFile {
  const base = parseObject(build({ 'a.c': 'int f(void) { return 1; }' }, 'gcc', 'amd64', ['-g']), 'x.o');
  const added = Object.values(contents).flat();
  const bytes = new Uint8Array([...base.reader.bytes, ...added]);
  let offset = base.reader.bytes.length;
  const sections = base.sections.filter(({ name }) => !isDebug(name)).map((section) => ({ ...section }));
  for (const [name, data] of Object.entries(contents)) {
    const index = sections.length;
    const common = { flags: 0, address: 0n, link: 0, info: 0, align: 1, entrySize: 0 };
    sections.push({ ...common, index, name, type: 1, offset, size: data.length });
    offset += data.length;
  }
  return { ...parseObject(bytes, 'hostile.o'), sections };
}

const u32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
/** A unit of DWARF 4, its length put before. */
const unit = (body: readonly number[]): number[] => {
  const header = [4, 0, ...u32(0), 8];
  return [...u32(header.length + body.length), ...header, ...body];
};
/** 1: a unit; 2: a structure `s` with children; 3: a member whose type is at a ref4; 4: a typedef `t` likewise. */
const ABBREVIATIONS = [
  ...[1, 0x11, 1, 0, 0],
  ...[2, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b, 0, 0],
  ...[3, 0x0d, 0, 0x49, 0x13, 0x38, 0x0b, 0, 0],
  ...[4, 0x16, 0, 0x03, 0x08, 0x49, 0x13, 0, 0],
  0,
];
const S = 0x73;
const T = 0x74;

describe.skipIf(!hasTools)('single lies', () => {
  test('a typedef of itself', () => {
    const info = new DebugInfo(
      withSections({ '.debug_abbrev': ABBREVIATIONS, '.debug_info': unit([1, 4, T, 0, ...u32(12), 0]) }),
    );
    expect(info.sizeOf('t')).toBeNull();
    expect(info.layoutOf('t')).toBeNull();
  });

  test('a structure that is an anonymous member of itself', () => {
    const body = [1, 2, S, 0, 8, ...Array.from({ length: 20 }, () => [3, ...u32(12), 0]).flat(), 0, 0];
    const info = new DebugInfo(withSections({ '.debug_abbrev': ABBREVIATIONS, '.debug_info': unit(body) }));
    expect(info.layoutOf('s')?.members).toHaveLength(20);
    expect(info.layoutOf('s')?.offsetOf('nobody')).toBeNull();
  });

  test('a hundred thousand levels', () => {
    const body = [1, ...Array.from({ length: 100_000 }, () => [2, S, 0, 8]).flat()];
    const info = new DebugInfo(withSections({ '.debug_abbrev': ABBREVIATIONS, '.debug_info': unit(body) }));
    expect(info.layoutOf('s')?.size).toBe(8);
  });

  test('ten thousand units that each read a long table of abbreviations', () => {
    const table = Array.from({ length: 60_000 }, () => [5, 0x13, 1, 0x03, 0x08, 0, 0]).flat();
    const units = Array.from({ length: 10_000 }, () => unit([1, 0])).flat();
    const info = new DebugInfo(withSections({ '.debug_abbrev': [...table, ...ABBREVIATIONS], '.debug_info': units }));
    expect(info.layoutOf('s')).toBeNull();
    expect(info.problems.join()).toContain('over and over');
  });

  test.each([
    ['a version of the future', [...u32(8), 9, 0, ...u32(0), 8, 0], 'version 9'],
    ['addresses of three bytes', [...u32(8), 4, 0, ...u32(0), 3, 0], 'addresses of 3 bytes'],
    ['a length beyond the section', [...u32(4000), 4, 0, ...u32(0), 8, 1], 'cut off'],
    ['a reserved length', [...u32(0xfffffff5), 4, 0, ...u32(0), 8, 1], 'reserved'],
    ['a 64-bit length of all ones', [...u32(0xffffffff), ...u32(-1), ...u32(-1), 4, 0], 'cut off'],
    ['an entry of no kind', unit([99]), 'no known kind'],
    ['an endless number', unit(new Array<number>(40).fill(0x80)), 'endless'],
  ])('%s', (_name, info, problem) => {
    const debug = new DebugInfo(withSections({ '.debug_abbrev': ABBREVIATIONS, '.debug_info': info }));
    expect(debug.layoutOf('s')).toBeNull();
    expect(debug.problems.join()).toContain(problem);
  });

  test('a line table of four billion files without names', () => {
    // Version 5: no directory formats, no directories, no file formats, then the count.
    const header = [1, 1, 1, 0, 4, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f];
    const body = [5, 0, 8, 0, ...u32(header.length), ...header];
    const debug = new DebugInfo(withSections({ '.debug_line': [...u32(body.length), ...body] }));
    expect(debug.lineAt(1, 0)).toBeNull();
    expect(debug.problems.join()).toContain('4294967295 files');
  });
});

describe.skipIf(!hasTools)('compressed sections', () => {
  const sources = { 'types.c': STRUCTURES['types.c'] ?? '' };
  const object = parseObject(build(sources, 'gcc', 'amd64', ['-g', '-gz=zlib']), 'x.o');
  const section = object.sections.find(({ name }) => name === '.debug_info');
  const offset = section?.offset ?? 0;
  const size = section?.size ?? 0;

  function lie(change: (bytes: Uint8Array, view: DataView) => void): DebugInfo {
    const bytes = new Uint8Array(object.reader.bytes);
    change(bytes, new DataView(bytes.buffer));
    return new DebugInfo(parseObject(bytes, 'hostile.o'));
  }

  test('are read', () => {
    expect(new DebugInfo(object).layoutOf('tight')?.size).toBe(11);
  });

  test.each<[string, (bytes: Uint8Array, view: DataView) => void, string]>([
    ['another algorithm', (_, view) => view.setUint32(offset, 2, true), 'not compressed by zlib'],
    ['a size of 2^60', (_, view) => view.setBigUint64(offset + 8, 1n << 60n, true), 'too big'],
    ['a size too small', (_, view) => view.setBigUint64(offset + 8, 10n, true), 'cannot be decompressed'],
    ['a size too large', (_, view) => view.setBigUint64(offset + 8, 60_000n, true), 'cut off'],
    ['damaged data', (bytes) => bytes.fill(0xee, offset + 30, offset + 60), 'cannot be decompressed'],
    [
      'a bomb',
      (bytes, view) => {
        const bomb = deflateSync(new Uint8Array(900 * size), { level: 9 });
        expect(bomb.length).toBeLessThan(size - 24);
        bytes.set(bomb, offset + 24);
        view.setBigUint64(offset + 8, BigInt(900 * size), true);
      },
      'too big',
    ],
  ])('%s: no information', (_name, change, problem) => {
    const info = lie(change);
    expect(info.layoutOf('tight')).toBeNull();
    expect(info.problems.join()).toContain(problem);
  });
});
