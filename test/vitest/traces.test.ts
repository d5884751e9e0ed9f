import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TraceReader } from '../../src/trace/index.ts';

const FOLDER = 'build/failing-tests';

const FAILING = `
import { expect, test } from 'vmtbench/vitest';
test('says / another thing', ({ guest }) => {
  guest('fixtures/kernels/vmt-patched-amd64.o').run('3s');
  expect(guest('fixtures/kernels/vmt-unpatched-amd64.o').run('2s')).toTalk(['GETVERSION']);
});
test('is well', ({ guest }) => {
  expect(guest('fixtures/kernels/vmt-patched-amd64.o').run('2s')).toBeMemorySafe();
});
`;

describe('a test that fails', () => {
  let output = '';

  beforeAll(() => {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, 'driver.test.ts'), FAILING);
    writeFileSync(join(FOLDER, 'vitest.config.mjs'), "export default { test: { include: ['*.test.ts'] } };\n");
    const result = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--root', FOLDER], {
      encoding: 'utf8',
    });
    output = `${result.stdout}${result.stderr}`;
  });

  afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

  it('gets the traces of its guests, and no other test does', () => {
    expect(output).toContain('1 failed');
    expect(output).toContain('1 passed');
    const traces = [...output.matchAll(/read the guest's trace: npx vmtbench trace (\S+\.vmtrace)/g)].map(
      ([, path]) => path,
    );
    expect(traces).toHaveLength(2);
    const reported = traces.map((path) => {
      const reader = new TraceReader([readFileSync(path as string)]);
      const records = [...reader.records()].length;
      return [reader.header?.object.name, reader.verdict?.state, records > 20];
    });
    expect(reported).toEqual([
      ['vmt-patched-amd64.o', 'complete', true],
      ['vmt-unpatched-amd64.o', 'complete', true],
    ]);
  });

  it('has them among the attachments of the run', () => {
    expect(readdirSync(join(FOLDER, '.vitest-attachments'))).toHaveLength(2);
  });
});
