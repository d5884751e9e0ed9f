import { readFileSync } from 'node:fs';
import { Bench, run } from '../../src/bench/index.ts';
import type { Finding } from '../../src/judge/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { SEQUENCE_FORMS } from '../fixtures/sequence-forms.ts';

/** The rules that name the sequence's error; what else is found follows from it. */
const RULES: readonly string[] = ['conforms', 'abi', 'contract'];

/** Forms that only a host with other values in open outputs shows. */
const OPEN_FORMS: readonly string[] = ['success-in-ax', 'type-in-dx', 'length-for-message'];

/** The first finding of each rule that names the error; where there is none, the first finding. */
function telling(findings: readonly Finding[]): readonly Finding[] {
  const named = RULES.flatMap((rule) => findings.find(({ invariant }) => invariant === rule) ?? []);
  return named.length > 0 ? named : findings.slice(0, 1);
}

/** What a plain run of a minute says of one form, amd64 if there is such a build. */
function saidOfForm(form: string): string[] {
  const path = SEQUENCE_FORMS.find((other) => other.form === form)?.path ?? '';
  const host = OPEN_FORMS.includes(form) ? { unspecified: 1 } : {};
  const bench = new Bench({ object: parseObject(readFileSync(path), form), host });
  try {
    const said = telling(run(bench, { until: 60e9 }).findings);
    return said.length === 0 ? ['nothing'] : said.map((finding) => textOf(finding));
  } finally {
    bench.close();
  }
}

const textOf = ({ invariant, kind, title }: Finding): string => `\`${invariant ?? kind}\`: ${title}`;

/** The same of the forms of one row of docs/your-sequence.md. */
export const saidOf = (forms: readonly string[]): string => [...new Set(forms.flatMap(saidOfForm))].join('; ');

/** The forms that a row of a table in docs/your-sequence.md is about; none: it is no such row. */
export function formsOf(line: string): string[] {
  const [, first = ''] = line.split('|');
  const names = [...first.matchAll(/`([a-z0-9-]+)`/g)].map(([, name]) => name ?? '');
  return line.startsWith('| `') ? names.filter((name) => SEQUENCE_FORMS.some(({ form }) => form === name)) : [];
}
