import { describe, expect, test } from 'vitest';
import { createGuest } from '../../../src/kernels/index.ts';
import { parseObject } from '../../../src/object/index.ts';
import { hasBinutils, hasCompiler, MACHINES } from '../../guest/support/compile.ts';
import { FUNCTIONS, type KallsymsStyle, kernelImage, LONG_NAME } from '../../guest/support/kallsyms.ts';

const STYLES: readonly KallsymsStyle[] = [
  { order: 'before', perCpu: true },
  { order: 'before', perCpu: true, seqs: 4 },
  { order: 'before', perCpu: false, seqs: 3 },
  { order: 'behind', perCpu: true, seqs: 3 },
  { order: 'behind', perCpu: false, seqs: 3 },
];

describe.skipIf(!hasCompiler || !hasBinutils).each(MACHINES)(
  'a kernel of Linux without a symbol table, %s',
  (machine) => {
    test.each(STYLES)('%j: its own tables name its functions', (style) => {
      const object = parseObject(kernelImage(machine, style), 'vmlinux');
      expect(object.sections.some(({ name }) => name === '.symtab')).toBe(false);
      expect(object.symbols).toHaveLength(FUNCTIONS + (style.perCpu ? 2 : 1));
      const guest = createGuest(object, { kernel: 'bare' });
      try {
        for (const n of [0, 1, 12, 255, 256, 599]) expect(guest.call(`call_${n}`).value).toBe(BigInt(n));
        expect(guest.call(LONG_NAME).value).toBe(BigInt(FUNCTIONS));
        const at = guest.symbol('call_12') ?? 0n;
        expect(guest.symbolAt(at + 2n)).toEqual({ name: 'call_12', offset: 2 });
        expect(guest.symbol('per_cpu')).toBeNull();
      } finally {
        guest.close();
      }
    });

    const image =
      hasCompiler && hasBinutils ? kernelImage(machine, { order: 'before', perCpu: true }) : new Uint8Array();
    const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
    const start = bytes.indexOf('before');

    /** How many symbols there are when one byte of the tables is another. */
    function symbolsWith(at: number, value: number): number {
      const damaged = new Uint8Array(image);
      damaged[at] = value;
      return parseObject(damaged, 'vmlinux').symbols.length;
    }

    test('tables that do not fit each other are none: of every 37th byte changed nothing is worse than that', () => {
      const counts = new Set<number>();
      const tables = parseObject(image, 'vmlinux').sections.find(({ name }) => name === '.rodata');
      const end = (tables?.offset ?? 0) + (tables?.size ?? 0);
      for (let at = start; at < end; at += 37) for (const value of [0, 0xff]) counts.add(symbolsWith(at, value));
      // All of them, or none: a byte in a name is another name.
      expect([...counts].sort((a, b) => a - b)).toEqual([0, FUNCTIONS + 2]);
    });

    test('a file full of what looks like tables costs no more than one without', () => {
      const noise = new Uint8Array(image.length + (1 << 20));
      noise.set(image.subarray(0, 64));
      const view = new DataView(noise.buffer);
      for (let at = 64; at + 4 <= noise.length; at += 4)
        view.setUint32(at, at % 4096 === 0 ? 0 : (at % 4096) * 200, true);
      Buffer.from(noise.buffer).write(
        '0\x001\x002\x003\x004\x005\x006\x007\x008\x009\0'.repeat(200),
        noise.length - 8192,
        'latin1',
      );
      // Without program and section headers: they lie in the noise.
      view.setUint16(machine === 'amd64' ? 56 : 44, 0, true);
      view.setUint16(machine === 'amd64' ? 60 : 48, 0, true);
      if (machine === 'amd64') view.setBigUint64(40, 0n, true);
      else view.setUint32(32, 0, true);
      expect(parseObject(noise, 'noise').symbols).toEqual([]);
    });
  },
);
