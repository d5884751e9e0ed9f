import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Bench, run } from '../../src/bench/index.ts';
import type { Finding } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { RIGHT_FORMS, SEQUENCE_FORMS, type SequenceForm } from '../fixtures/sequence-forms.ts';
import { SEQUENCE_FINDINGS } from './sequence-findings.ts';

/** The findings of a plain run of a minute. */
function findingsOf({ path, form }: SequenceForm): readonly Finding[] {
  const bench = new Bench({ object: parseObject(readFileSync(path), form) });
  try {
    return run(bench, { until: 60e9 }).findings;
  } finally {
    bench.close();
  }
}

describe('a right sequence has no finding', () => {
  it.each(SEQUENCE_FORMS.filter(({ form }) => RIGHT_FORMS.includes(form)))('$form, $machine', (form) => {
    expect(findingsOf(form)).toEqual([]);
  });
});

describe('a wrong one is found by a plain run', () => {
  it.each(SEQUENCE_FORMS.filter(({ form }) => Object.hasOwn(SEQUENCE_FINDINGS, form)))('$form, $machine', (form) => {
    const expected = SEQUENCE_FINDINGS[form.form];
    const found = findingsOf(form);
    const finding = found.find(({ invariant, title }) => invariant === expected?.rule && expected?.title.test(title));
    expect(finding, JSON.stringify(found.map(({ invariant, title }) => [invariant, title]))).toBeDefined();
    expect([finding?.function, finding?.line]).toEqual([
      expect.stringMatching(/^vm_|^vmt_/),
      expect.stringMatching(/\.c:\d+$/),
    ]);
  });
});
