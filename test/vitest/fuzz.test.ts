import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Corpus, encodePlan, HEALTHY } from '../../src/fuzz/index.ts';

const FOLDER = 'build/fuzz-tests';

/** Two tests with the same corpus, which holds the input that the older driver does not survive. */
const SUITE = `
import { fuzz } from 'vmtbench/vitest';
for (const name of ['vmt-unpatched-amd64', 'vmt-hardened-amd64']) {
  fuzz.test(name, { object: 'fixtures/kernels/' + name + '.o', corpus: '${FOLDER}/corpus' });
}
`;

describe('fuzz.test', () => {
  let output = '';

  beforeAll(() => {
    mkdirSync(FOLDER, { recursive: true });
    const corpus = new Corpus(join(FOLDER, 'corpus'));
    corpus.add(encodePlan({ ...HEALTHY, moments: [{ after: 0, name: 'tclo.break', text: '' }] }));
    writeFileSync(join(FOLDER, 'driver.test.ts'), SUITE);
    writeFileSync(join(FOLDER, 'vitest.config.mjs'), "export default { test: { include: ['*.test.ts'] } };\n");
    const result = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--root', FOLDER], {
      encoding: 'utf8',
    });
    output = `${result.stdout}${result.stderr}`;
  });

  afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

  it('fails where an input of the corpus shows a finding, and only there', () => {
    expect(output).toContain('1 failed');
    expect(output).toContain('1 passed');
    expect(output).toContain('the guest never recovers its TCLO channel [recovers]');
  });

  it('says what repeats it', () => {
    expect(output).toMatch(/repeat: vmtbench run fixtures\/kernels\/vmt-unpatched-amd64\.o .*tclo\.break/);
  });
});
