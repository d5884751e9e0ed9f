import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DebugInfo } from '../../../src/object/dwarf/index.ts';
import { type ObjectFile, parseObject } from '../../../src/object/index.ts';
import { fixturePath } from '../../guest/support/bench.ts';
import { LINES, STRUCTURES } from './sources.ts';
import { build, hasTools, inspect, VERSIONS, variants } from './support.ts';

/** The words of a constant array of the object. */
function words(object: ObjectFile, name: string): number[] {
  const symbol = object.symbols.find((candidate) => candidate.name === name);
  const section = typeof symbol?.home === 'number' ? object.sections[symbol.home] : undefined;
  if (symbol === undefined || section === undefined) throw new Error(`no ${name}`);
  const bytes = object.reader.slice(section.offset + Number(symbol.value), symbol.size, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(4 * index, true));
}

/** In the order of `expected` in the source. */
function ourWords(info: DebugInfo): (number | null | undefined)[] {
  const node = info.layoutOf('struct node');
  const holder = info.layoutOf('holder_t');
  const of = (type: string, ...fields: string[]): (number | null | undefined)[] =>
    fields.map((field) => info.layoutOf(type)?.offsetOf(field));
  const nodeFields = ['next', 'to_come', 'left', 'inner', 'deep', 'pairs', 'odd', 'odd.point.y', 'number'];
  return [
    node?.size,
    ...of('node', ...nodeFields, 'number.bytes', 'colour', 'call', 'table', 'tail'),
    info.sizeOf('struct tight'),
    ...of('tight', 'many', 'few'),
    holder?.size,
    ...of('holder_t', 'tight.few', 'node.deep', 'rest.none'),
    info.sizeOf('pair_t'),
    ...of('pair_t', 'point', 'point.y'),
    info.sizeOf('union number'),
    info.sizeOf('enum colour'),
    ...['pairs', 'table', 'call'].map((field) => node?.member(field)?.size),
    info.sizeOf('long') ?? info.sizeOf('long int'),
    info.sizeOf('u8'),
  ];
}

const TYPE_UNITS = [
  ['-gdwarf-4', '-fdebug-types-section'],
  ['-gdwarf-5', '-fdebug-types-section'],
];

describe.skipIf(!hasTools)('structures', () => {
  const all = variants([...VERSIONS, ...TYPE_UNITS]).filter(({ flags }) => flags[0] === '-O0');
  describe.each(all)('$title', ({ compiler, machine, flags }) => {
    const object = parseObject(build(STRUCTURES, compiler, machine, flags), 'x.o');
    const info = new DebugInfo(object);

    test('lie where the compiler has put them', () => {
      expect(ourWords(info)).toEqual(words(object, 'expected'));
      expect(info.problems).toEqual([]);
    });

    test('declared in one unit are completed by another', () => {
      const later = info.layoutOf('later');
      expect([later?.size, later?.offsetOf('last')]).toEqual(words(object, 'completed'));
      // Through a pointer's target: struct node is only declared where struct later is.
      expect(info.layoutOf('node')?.offsetOf('next')).toBe(0);
    });

    test('have bit-fields', () => {
      const fields = ['tag', 'more', 'wide'].map((name) => info.layoutOf('node')?.member(name)?.bits);
      const start = (info.layoutOf('node')?.offsetOf('to_come') ?? 0) + (object.bits === 64 ? 8 : 4);
      // SysV ABI: `more` does not fit into the rest of the first char, `wide` not into the rest of the first int.
      const bits = [
        { offset: 8 * start, size: 3 },
        { offset: 8 * start + 8, size: 7 },
        { offset: 8 * start + (start % 4 === 0 ? 32 : 0), size: 20 },
      ];
      expect(fields.slice(0, 2)).toEqual(bits.slice(0, 2));
      expect(fields[2]?.size).toBe(20);
    });

    test('that are not there have no layout', () => {
      expect(info.layoutOf('nobody')).toBeNull();
      expect(info.layoutOf('u8')).toBeNull();
      expect(info.sizeOf('nobody')).toBeNull();
      expect(info.layoutOf('node')?.offsetOf('nobody')).toBeNull();
      expect(info.layoutOf('node')?.offsetOf('next.next')).toBeNull();
    });
  });
});

/** Structures by name with their members' offsets, of `readelf --debug-dump=info`. */
function readelfLayouts(bytes: Uint8Array): Map<string, Map<string, number>> {
  const layouts = new Map<string, Map<string, number>>();
  let current: Map<string, number> | null = null;
  let depth = 0;
  let tag = '';
  let name = '';
  for (const line of inspect(bytes, 'readelf', ['-W', '--debug-dump=info']).split('\n')) {
    const entry = /^ <(\d+)><[0-9a-f]+>: Abbrev Number: \d+ \((\w+)\)/.exec(line);
    if (entry !== null) {
      tag = entry[2] ?? '';
      if (Number(entry[1]) <= depth) current = null;
      if (tag === 'DW_TAG_structure_type') depth = Number(entry[1]);
      continue;
    }
    const text = /DW_AT_name\s*: (?:\(.*?\): )?(.*?)\s*$/.exec(line);
    if (text !== null) name = text[1] ?? '';
    if (text !== null && tag === 'DW_TAG_structure_type') {
      current = new Map();
      if (!layouts.has(name)) layouts.set(name, current);
    }
    const at = /DW_AT_data_member_location: (\d+)/.exec(line);
    if (at !== null && tag === 'DW_TAG_member') current?.set(name, Number(at[1]));
  }
  return layouts;
}

describe.skipIf(!hasTools).each(['vmt-unpatched-amd64.o', 'vmt-patched-i386.o'])('%s', (file) => {
  test('has the structures of readelf', () => {
    const bytes = readFileSync(fixturePath(file));
    const info = new DebugInfo(parseObject(bytes, file));
    const theirs = readelfLayouts(bytes);
    expect([...theirs.keys()]).toEqual(expect.arrayContaining(['device', 'pv_attach_args', 'pvbus_hv', 'timeout']));
    for (const [structure, members] of theirs) {
      const layout = info.layoutOf(structure);
      for (const [member, offset] of members) expect([member, layout?.offsetOf(member)]).toEqual([member, offset]);
    }
  });
});

test('an object without debug information has no answers, and no complaints', () => {
  const bytes = build(LINES, 'gcc', 'amd64', ['-O1']);
  const object = parseObject(bytes, 'x.o');
  const info = new DebugInfo(object);
  expect(info.lineAt(1, 0)).toBeNull();
  expect(info.functionAt(1, 0)).toBeNull();
  expect(info.layoutOf('state')).toBeNull();
  expect(info.sizeOf('int')).toBeNull();
  expect([...info.rows(1)]).toEqual([]);
  expect(info.problems).toEqual([]);
});
