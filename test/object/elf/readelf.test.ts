import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RELOCATION_TYPES } from '../../../src/object/elf/relocation-types.ts';
import { readRelocations } from '../../../src/object/elf/relocations.ts';
import { SHT_REL, SHT_RELA } from '../../../src/object/elf/sections.ts';
import { parseObject } from '../../../src/object/index.ts';
import { fixturePath } from '../../guest/support/bench.ts';
import { hasBinutils } from '../../guest/support/compile.ts';
import { debianFile } from '../../guest/support/debian.ts';

const library = debianFile('open-vm-tools', /libvmtools\.so\.0\.0\.0$/);
const files = [
  ...['vmt-unpatched-amd64.o', 'vmt-patched-i386.o', 'bare-amd64.o', 'bare-i386.o'].map(fixturePath),
  ...(library === null ? [] : [library]),
];

function readelf(option: string, path: string): string[] {
  const options = { encoding: 'utf8', maxBuffer: 1 << 26 } as const;
  return execFileSync('readelf', [option, '-W', path], options).split('\n');
}

/** Number, name, (type), address, offset, size, (entry size, flags), link, info, align. */
const SECTION_LINE =
  /^\s*\[\s*(\d+)\] +(?:(\S+) +)??\S+ +([0-9a-f]{8,16}) ([0-9a-f]+) ([0-9a-f]+) [0-9a-f]+ +[A-Za-z]* +(\d+) +(\d+) +(\d+)$/;

const hex = (value: bigint | number): string => value.toString(16);

describe.skipIf(!hasBinutils).each(files)('%s as readelf sees it', (path) => {
  const object = parseObject(readFileSync(path), path);

  test('sections', () => {
    const ours = object.sections.map(({ index, name, address, offset, size, link, info, align }) => {
      return [index, name, hex(address), hex(offset), hex(size), link, info, align].join(' ');
    });
    const theirs: string[] = [];
    for (const line of readelf('-S', path)) {
      const match = SECTION_LINE.exec(line);
      if (match === null) continue;
      const [, index, name, address, offset, size, link, info, align] = match;
      const numbers = [address, offset, size].map((field) => hex(BigInt(`0x${field}`)));
      theirs.push([index, name ?? '', ...numbers, link, info, Math.max(1, Number(align))].join(' '));
    }
    expect(ours.length).toBeGreaterThan(3);
    expect(ours).toEqual(theirs);
  });

  test('symbols', () => {
    const tables = [object.dynamic?.symbols ?? [], object.symbols].filter((table) => table.length > 0);
    const ours = tables.flat().map(({ index, value, size, name, type }) => {
      return [index, hex(value), size, type === 'section' ? '' : name].join(' ');
    });
    const theirs: string[] = [];
    for (const line of readelf('-s', path)) {
      const match = /^\s*(\d+): ([0-9a-f]+)\s+(\w+) (\w+)\s+\w+\s+\w+\s+\w+ ?(.*)$/.exec(line);
      if (match === null) continue;
      const name = match[4] === 'SECTION' ? '' : (match[5] ?? '').trim().replace(/@.*$/, '');
      theirs.push([match[1], hex(BigInt(`0x${match[2]}`)), Number(match[3]), name].join(' '));
    }
    expect(ours.length).toBeGreaterThan(3);
    expect(ours).toEqual(theirs);
  });

  test('relocations', () => {
    const tables = object.sections.filter(({ type }) => type === SHT_REL || type === SHT_RELA);
    const types = RELOCATION_TYPES[object.machine];
    const ours = tables.flatMap(({ offset, size, type }) =>
      readRelocations(object.reader, offset, size, type === SHT_RELA).map((relocation) => {
        return `${hex(relocation.offset)} ${types.get(relocation.type)?.name ?? '?'}`;
      }),
    );
    const theirs: string[] = [];
    for (const line of readelf('-r', path)) {
      const match = /^([0-9a-f]{8,}) +[0-9a-f]{8,} +(R_\w+)/.exec(line);
      if (match !== null) theirs.push(`${hex(BigInt(`0x${match[1]}`))} ${match[2]}`);
    }
    expect(ours).toEqual(theirs);
  });
});
