import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compareForms } from './differential.ts';
import { allForms } from './forms.ts';
import { hasNative } from './native.ts';
import { occurringIn } from './objects.ts';

/** Every form, each with a few inputs: the long tests compare more of them. */
const EXTENT = { variants: 2, cases: 2, seed: 1 } as const;

describe.skipIf(!hasNative())('the bench computes what the real processor computes', () => {
  test.each([64, 32] as const)('%i-bit code', (bits) => {
    const { compared, notComparable, wrong, cases } = compareForms(allForms(bits), EXTENT);
    expect(wrong.map(({ form, example }) => `${form.name}: ${example}`)).toEqual([]);
    expect(compared.length).toBeGreaterThan(bits === 64 ? 1200 : 900);
    expect(notComparable.length).toBeLessThan(compared.length / 20);
    expect(cases).toBeGreaterThanOrEqual(compared.length * EXTENT.cases);
  });
});

test('every instruction of the fixtures is compared, or left out for a reason', () => {
  const folder = fileURLToPath(new URL('../../../fixtures/kernels', import.meta.url));
  const objects = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.o'));
  const { forms, unknown } = occurringIn(objects.map((name) => join(folder, name)));
  const known = new Set([...allForms(64), ...allForms(32)].map(({ name }) => name));
  expect(forms.size).toBeGreaterThan(200);
  expect([...unknown, ...[...forms].filter((name) => !known.has(name))]).toEqual([]);
});
