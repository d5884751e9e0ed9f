import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { unpack } from '../../src/scenario/unpack.ts';
import { vmtbench } from '../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-unpack-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const object = readFileSync('fixtures/kernels/vmt-patched-amd64.o');

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('a compressed object', () => {
  it('runs where Node can unpack it', async () => {
    const packed = await vmtbench('run', file('vmt.o.gz', gzipSync(object)), '--for', '5s', '--json');
    const plain = await vmtbench('run', 'fixtures/kernels/vmt-patched-amd64.o', '--for', '5s', '--json');
    expect([packed.status, packed.stderr]).toEqual([0, '']);
    expect(packed.stdout).toBe(plain.stdout);
  });

  it.each([
    ['x.ko.xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4], 'xz -dk '],
    ['x.ko.zst', [0x28, 0xb5, 0x2f, 0xfd, 4], 'zstd -dk '],
    ['cut.ko.gz', [...gzipSync(object).subarray(0, 1000)], 'gzip -dk '],
    ['vmlinuz', [...new Array<number>(0x202).fill(0), ...Buffer.from('HdrS')], 'extract-vmlinux '],
  ])('%s is an error that says what to type', async (name, bytes, command) => {
    const path = file(name, Uint8Array.from(bytes));
    const { status, stderr } = await vmtbench('run', path);
    expect([status, stderr]).toEqual([2, expect.stringContaining(`${command}${path}`)]);
    expect(stderr).toContain('compressed');
  });

  it('that would fill the memory is refused', () => {
    const packed = gzipSync(new Uint8Array(5000));
    expect(unpack(packed, 'x.ko.gz', 5000)).toHaveLength(5000);
    expect(() => unpack(packed, 'x.ko.gz', 4999)).toThrow('x.ko.gz is compressed (gzip), and cannot be unpacked');
  });
});
