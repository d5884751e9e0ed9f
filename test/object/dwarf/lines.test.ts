import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DebugInfo } from '../../../src/object/dwarf/index.ts';
import { type ObjectFile, parseObject } from '../../../src/object/index.ts';
import { fixturePath } from '../../guest/support/bench.ts';
import { MACHINES } from '../../guest/support/compile.ts';
import { LINES } from './sources.ts';
import { build, COMPILERS, codeSections, hasTools, inspect, link, VERSIONS, variants } from './support.ts';

const base = (path: string): string => path.split('/').at(-1) ?? '';

/** Rows as `file:line offset statement`, in any order: sections come in the order of the file here and there. */
function ourRows(object: ObjectFile): string[] {
  const info = new DebugInfo(object);
  const rows = codeSections(object).flatMap((section) =>
    [...info.rows(section)].map(({ file, line, offset, statement, address }) => {
      const place = object.type === 'relocatable' ? BigInt(offset) : address;
      return `${base(file)}:${line} 0x${place.toString(16)}${statement ? ' x' : ''}`;
    }),
  );
  expect(info.problems).toEqual([]);
  return rows.sort();
}

/** File, line, address, view, statement; a sequence's end has no line. */
const ROW = /^(\S+)\s+(\d+)\s+(0x[0-9a-f]+|0)(?:\[\d+\])?(?:\s+\d+)?(\s+x)?(?:\s+END)?\s*$/;

function theirRows(bytes: Uint8Array): string[] {
  const rows: string[] = [];
  for (const line of inspect(bytes, 'objdump', ['--dwarf=decodedline']).split('\n')) {
    const [, file, number, address, statement] = ROW.exec(line) ?? [];
    if (file === undefined) continue;
    rows.push(`${file}:${number} 0x${BigInt(address ?? 0).toString(16)}${statement === undefined ? '' : ' x'}`);
  }
  return rows.sort();
}

/** Offsets in the section as addr2line -i -f knows them: `function file:line`, then the calls, innermost first. */
function theirPlaces(bytes: Uint8Array, section: string, offsets: readonly number[]): string[] {
  const input = offsets.map((offset) => `0x${offset.toString(16)}\n`).join('');
  const text = inspect(bytes, 'addr2line', ['-a', '-f', '-i', '-j', section, '-e'], input);
  const places: string[] = [];
  let lines: string[] = [];
  for (const line of [...text.split('\n'), '0x0']) {
    if (!line.startsWith('0x')) lines.push(line);
    else if (lines.length > 0) {
      const chain: string[] = [];
      for (let at = 0; at + 1 < lines.length; at += 2) {
        chain.push(`${lines[at]} ${base(lines[at + 1] ?? '').replace(/ \(discriminator \d+\)/, '')}`);
      }
      places.push(chain.join(' < '));
      lines = [];
    }
  }
  return places;
}

function ourPlaces(info: DebugInfo, section: number, offset: number): string {
  const line = info.lineAt(section, offset);
  if (line === null) return `${info.functionAt(section, offset)?.name ?? '??'} ??:?`;
  const places = [line, ...line.calledFrom];
  return places.map((place) => `${place.function ?? '??'} ${base(place.file)}:${place.line}`).join(' < ');
}

/** The outermost function, and the innermost line. */
function withoutCalls(chain = ''): string {
  const places = chain.split(' < ');
  return `${places.at(-1)?.split(' ')[0]} ${places[0]?.split(' ')[1]}`;
}

const ALL = variants([...VERSIONS, ['-gdwarf-5', '-ffunction-sections'], ['-gdwarf-4', '-ffunction-sections']]);

describe.skipIf(!hasTools)('lines', () => {
  describe.each(ALL)('$title', ({ compiler, machine, flags }) => {
    const bytes = build(LINES, compiler, machine, flags);
    const object = parseObject(bytes, 'x.o');

    test('are those of objdump', () => {
      const theirs = theirRows(bytes);
      expect(theirs.length).toBeGreaterThan(30);
      expect(ourRows(object)).toEqual(theirs);
    });

    test('and functions are those of addr2line', () => {
      const info = new DebugInfo(object);
      // binutils 2.40 find no range lists by index beyond the first unit: they miss scopes of clang's there.
      const indexed = compiler !== 'gcc' && flags.includes('-gdwarf-5');
      let inlined = 0;
      let guessed = 0;
      let code = 0;
      for (const index of codeSections(object)) {
        const section = object.sections[index];
        if (section === undefined) continue;
        // binutils ask for the first section of a name only.
        if (object.sections.find(({ name }) => name === section.name) !== section) continue;
        const offsets = Array.from({ length: section.size }, (_, offset) => offset);
        const ours = offsets.map((offset) => ourPlaces(info, index, offset));
        const functions = object.symbols.filter(({ type, home }) => type === 'function' && home === index);
        const inside = offsets.map((at) => functions.some((f) => at >= f.value && at < Number(f.value) + f.size));
        const theirs = theirPlaces(bytes, section.name, offsets).map((chain, at) => {
          // Between two functions addr2line names the one before.
          if (!inside[at]) return chain.replace(/^\S+/, '??').replace(/\S+:\?$/, '??:?');
          // LLVM's "no line", where we tell the line before.
          if (chain.includes(':?')) guessed++;
          const lost = indexed && chain === withoutCalls(ours[at]);
          return lost || chain.includes(':?') ? ours[at] : chain;
        });
        expect(ours).toEqual(theirs);
        inlined += ours.filter((chain) => chain.includes('<')).length;
        code += inside.filter(Boolean).length;
      }
      expect(guessed).toBeLessThan(code / 3);
      expect(inlined).toBeGreaterThan(10);
    });
  });

  test.each(['-gz=zlib', '-gz=zlib-gnu', '-gdwarf64', '-fdebug-types-section', '-g3'])('with gcc %s', (flag) => {
    for (const machine of ['amd64', 'i386'] as const) {
      const bytes = build(LINES, 'gcc', machine, ['-O2', '-g', flag]);
      const rows = ourRows(parseObject(bytes, 'x.o'));
      expect(rows.length).toBeGreaterThan(30);
      expect(rows).toEqual(theirRows(bytes));
    }
  });

  test.each(COMPILERS)('of a linked kernel, without those of what the linker left out: %s', (compiler) => {
    for (const machine of MACHINES) {
      const unlinked = build(LINES, compiler, machine, ['-O2', '-g', '-ffunction-sections']);
      const bytes = link(unlinked, machine, ['first', 'third']);
      const object = parseObject(bytes, 'kernel');
      expect(object.type).toBe('executable');
      const rows = ourRows(object);
      const theirs = theirRows(bytes).filter((row) => / 0x(ffffffff81|d02)/.test(row));
      expect(rows).toEqual(theirs);
      expect(rows.some((row) => row.includes('third.c:7'))).toBe(true);
      expect(rows.some((row) => row.includes(':4000'))).toBe(false);
    }
  });

  test('a path is told as compiled, and shortened to what tells it from others', () => {
    const sources = { 'a.c': '#include "deep.h"\nint a(void) { return deep(); }\n', 'deep.h': LINES['shared.h'] ?? '' };
    const text = 'static inline __attribute__((always_inline)) int deep(void) { return 5; }\n';
    const bytes = build({ ...sources, 'deep.h': text }, 'gcc', 'amd64', ['-g', '-O2']);
    const line = new DebugInfo(parseObject(bytes, 'x.o')).lineAt(1, 0);
    expect(line?.file).toMatch(/^\/.*\/a\.c$/);
    expect(line?.text).toBe('a.c:2');
  });
});

describe.skipIf(!hasTools).each(['vmt-unpatched-amd64.o', 'vmt-patched-i386.o', 'bare-amd64.o', 'loop-receive-i386.o'])(
  '%s',
  (name) => {
    test('has the lines of objdump', () => {
      const bytes = readFileSync(fixturePath(name));
      const rows = ourRows(parseObject(bytes, name));
      expect(rows.length).toBeGreaterThan(5);
      expect(rows).toEqual(theirRows(bytes));
    });
  },
);
