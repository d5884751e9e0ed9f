import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileChunks, fileSink } from '../../src/trace/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const numbered = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

describe('a trace file', () => {
  it.each([[1], [100], [65_535], [65_536], [65_537], [300_000]])('written in pieces of %i bytes', (size) => {
    const path = join(folder, `pieces-${size}`);
    const sink = fileSink(path);
    const content = numbered(300_001);
    for (let at = 0; at < content.length; at += size) {
      // The sink may not keep what it is given.
      const piece = content.slice(at, at + size);
      sink.write(piece);
      piece.fill(0);
    }
    sink.close();
    sink.close();
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  it('is written in large pieces, and on demand', () => {
    const path = join(folder, 'buffered');
    const sink = fileSink(path);
    const written = (): number => readFileSync(`${path}.${process.pid}.part`).length;
    sink.write(numbered(1000));
    expect(written()).toBe(0);
    sink.flush();
    expect(written()).toBe(1000);
    sink.write(numbered(65_000));
    expect(written()).toBe(1000);
    sink.write(numbered(1000));
    expect(written()).toBe(66_000);
    sink.close();
    expect(readFileSync(path)).toHaveLength(67_000);
  });

  it('replaces an older one when it is whole', () => {
    const path = join(folder, 'older');
    writeFileSync(path, 'old content');
    const sink = fileSink(path);
    sink.write(numbered(10));
    expect(readFileSync(path, 'utf8')).toBe('old content');
    sink.close();
    expect(readFileSync(path)).toHaveLength(10);
  });

  it('leaves the older one where it is of no use', () => {
    const path = join(folder, 'kept');
    writeFileSync(path, 'old content');
    const sink = fileSink(path);
    sink.write(numbered(100_000));
    sink.discard();
    sink.close();
    expect(readFileSync(path, 'utf8')).toBe('old content');
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('replaces what a link leads to, and keeps its mode', () => {
    const [file, link] = [join(folder, 'linked'), join(folder, 'link')];
    writeFileSync(file, 'old', { mode: 0o600 });
    symlinkSync(file, link);
    fileSink(link).close();
    expect([lstatSync(link).isSymbolicLink(), readFileSync(file, 'utf8')]).toEqual([true, '']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('that cannot be written is an error that says so', () => {
    const error = { code: 'trace.unwritable', hint: expect.stringContaining('folder that exists') };
    expect(() => fileSink(join(folder, 'absent', 'x'))).toThrow(expect.objectContaining(error));
    const full = fileSink('/dev/full');
    full.write(numbered(10));
    expect(() => full.close()).toThrow(expect.objectContaining(error));
    expect(() => full.close()).not.toThrow();
    expect(() => {
      full.write(numbered(1));
      full.flush();
    }).toThrow(/closed/);
  });

  it('is read in chunks', () => {
    const path = join(folder, 'chunks');
    const content = numbered(200_000);
    writeFileSync(path, content);
    const chunks = [...fileChunks(path)].map((chunk) => chunk.length);
    expect(chunks).toEqual([65_536, 65_536, 65_536, 3392]);
    const copies: Uint8Array[] = [];
    for (const chunk of fileChunks(path)) copies.push(chunk.slice());
    expect(Buffer.concat(copies).equals(content)).toBe(true);
  });

  it.each([['absent'], ['.']])('that cannot be read (%s) is an error that says so', (name) => {
    const path = join(folder, name);
    expect(() => [...fileChunks(path)]).toThrow(
      expect.objectContaining({ code: 'trace.unreadable', message: expect.stringContaining(path) }),
    );
  });
});
