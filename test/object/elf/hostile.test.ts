import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VmtbenchError } from '../../../src/errors.ts';
import { parseObject } from '../../../src/object/index.ts';
import { placeRelocatable } from '../../../src/object/load/relocatable.ts';
import { placeShared } from '../../../src/object/load/shared.ts';
import { fixturePath } from '../../guest/support/bench.ts';

const FILES = ['bare-amd64.o', 'bare-i386.o', 'loop-receive-amd64.o', 'loop-receive-i386.o'];
const files = new Map(FILES.map((name) => [name, new Uint8Array(readFileSync(fixturePath(name)))]));

/** Reads and places the file: what it came to, an error's code or `fine`. Anything but a VmtbenchError is thrown on. */
function load(bytes: Uint8Array): string {
  try {
    const object = parseObject(bytes, 'hostile.o');
    const place = object.type === 'relocatable' ? placeRelocatable : placeShared;
    place(object, object.bits === 64 ? 0xffffffff81000000n : 0xd0000000n, () => 0n);
    return 'fine';
  } catch (error) {
    if (!(error instanceof VmtbenchError)) throw error;
    const { code, message, hint } = error;
    const good = /^elf\.\w+$/.test(code) && message.startsWith('hostile.o: ') && hint.length > 10;
    if (!good) throw new Error(`a poor error: ${code}, ${message}, ${hint}`);
    return error.code;
  }
}

describe.each(FILES)('%s, damaged', (name) => {
  const bytes = files.get(name) ?? new Uint8Array(0);

  test('is fine as it is', () => {
    expect(load(bytes)).toBe('fine');
  });

  test('cut off at every byte', () => {
    const codes = new Set<string>();
    for (let length = 0; length < bytes.length; length++) codes.add(load(bytes.subarray(0, length)));
    expect(codes).toContain('elf.truncated');
    expect(codes).toContain('elf.magic');
  });

  test('every byte of the ELF header and of the section headers set to extremes', () => {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const is64 = bytes[4] === 2;
    const table = is64 ? Number(view.getBigUint64(40, true)) : view.getUint32(32, true);
    const places = [
      ...Array(is64 ? 64 : 52).keys(),
      ...Array.from({ length: bytes.length - table }, (_, i) => table + i),
    ];
    const codes = new Set<string>();
    for (const at of places) {
      for (const value of [0x00, 0x80, 0xff]) {
        const copy = bytes.slice();
        copy[at] = value;
        codes.add(load(copy));
      }
    }
    expect(codes).toContain('fine');
    expect(codes.size).toBeGreaterThan(3);
  });

  test('random bytes changed', () => {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    const changes = fc.array(change, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(changes, (list) => {
        const copy = bytes.slice();
        for (const [at, value] of list) copy[at] = value;
        load(copy);
      }),
      { numRuns: 2000, seed: 4 },
    );
  });
});

test('bytes that are no ELF file', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
      expect(load(bytes)).not.toBe('fine');
    }),
    { seed: 4 },
  );
});

describe('single lies', () => {
  const object = parseObject(new Uint8Array(readFileSync(fixturePath('vmt-patched-amd64.o'))), 'x');
  const headers = Number(
    new DataView(object.reader.bytes.buffer, object.reader.bytes.byteOffset).getBigUint64(40, true),
  );
  const changed = (at: number, value: bigint, size: 2 | 4 | 8): Uint8Array => {
    const bytes = object.reader.bytes.slice();
    const view = new DataView(bytes.buffer);
    if (size === 8) view.setBigUint64(at, value, true);
    else if (size === 4) view.setUint32(at, Number(value), true);
    else view.setUint16(at, Number(value), true);
    return bytes;
  };
  const text = object.sections.findIndex(({ name }) => name === '.text');
  const relocations = object.sections.find(({ type }) => type === 4);
  const rela = relocations?.offset ?? 0;

  test.each([
    ['a section of 2^62 bytes', changed(headers + 64 * text + 32, 1n << 62n, 8), 'elf.malformed'],
    ['a section that ends outside', changed(headers + 64 * text + 32, 1n << 40n, 8), 'elf.truncated'],
    [
      'a section of zeroes that fills the memory',
      (() => {
        const bytes = changed(headers + 64 * text + 32, 1n << 40n, 8);
        new DataView(bytes.buffer).setUint32(headers + 64 * text + 4, 8, true);
        return bytes;
      })(),
      'elf.tooBig',
    ],
    ['an odd alignment', changed(headers + 64 * text + 48, 3n, 8), 'elf.malformed'],
    ['a huge alignment', changed(headers + 64 * text + 48, 1n << 40n, 8), 'elf.malformed'],
    ['65535 section headers', changed(60, 0xffffn, 2), 'elf.truncated'],
    ['a relocation far outside its section', changed(rela, 1n << 60n, 8), 'elf.relocation'],
    ['a relocation of an unknown type', changed(rela + 8, 200n, 4), 'elf.relocation'],
    ['a thread-local relocation', changed(rela + 8, 19n, 4), 'elf.relocation'],
    ['a relocation against no symbol of the table', changed(rela + 12, 0xffffffn, 4), 'elf.malformed'],
    ['code for another processor', changed(18, 183n, 2), 'elf.machine'],
    ['a core file', changed(16, 4n, 2), 'elf.type'],
  ])('%s', (_name, bytes, code) => {
    expect(load(bytes)).toBe(code);
  });
});
