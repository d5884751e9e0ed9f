import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openBench } from '../../src/scenario/index.ts';
import { read } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmtbench-python-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bench = openBench({ object: 'fixtures/kernels/vmt-patched-amd64.o' });
const { trace } = bench.run('3s');
bench.close();

function python(bytes: Uint8Array) {
  const path = join(folder, 'x.vmtrace');
  writeFileSync(path, bytes);
  return spawnSync('python3', ['examples/trace.py', path], { encoding: 'utf8' });
}

describe('the reader of examples/trace.py', () => {
  it('reads what ours reads', () => {
    const { status, stdout } = python(trace);
    const { header, records } = read([trace]);
    const payloads = records.filter(
      (record) => record.kind === 'access' && record.direction === 'out' && record.string,
    );
    const lines = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(lines[0]).toBe(`${header?.object.name} ${header?.kernel} seed 0`);
    expect(lines).toHaveLength(payloads.length + 2);
    expect(lines.some((line) => line.includes("b'OK ATR toolbox"))).toBe(true);
    expect(lines.at(-1)).toBe(`completed ${records.length - 1} records`);
  });

  it('reports damage', () => {
    const flipped = Uint8Array.from(trace);
    flipped[1000] = (flipped[1000] as number) ^ 4;
    for (const bytes of [flipped, trace.subarray(0, -1), readFileSync('test/trace/version-1.vmtrace')]) {
      expect(python(bytes)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('is damaged') });
    }
  });
});
