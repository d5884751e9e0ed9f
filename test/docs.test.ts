import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COUNTS, LISTS } from '../src/judge/expect/expectation.ts';
import { EFFECT_ROWS, FAULT_RULINGS, INVARIANTS, OPTION_RULINGS } from '../src/judge/index.ts';
import { GUEST_EVENTS } from '../src/plan/index.ts';
import { SPECIFIED_OUTPUTS } from '../src/protocol/index.ts';
import {
  type JsonSchema,
  loadScenario,
  parseScenario,
  scenarioJsonSchema,
  shippedScenarios,
} from '../src/scenario/index.ts';
import {
  EVENT_EVIDENCE,
  FAULT_EVIDENCE,
  FAULTS,
  HOST_EVENTS,
  HOST_OPTIONS,
  OPTION_EVIDENCE,
} from '../src/tclo-host/index.ts';
import { blocksOf, expectTranscript } from './support/transcript.ts';

const words = readFileSync('docs/words.md', 'utf8');
const readme = readFileSync('README.md', 'utf8');

/** The cells of the table row that starts with `name`, in the section of that heading. */
const row = (section: string, name: string): string[] =>
  (words.split(`\n## ${section}\n`)[1] ?? '')
    .split('\n## ')[0]
    ?.split('\n')
    .find((line) => line.startsWith(`| \`${name}\` |`))
    ?.split('|')
    .map((cell) => cell.trim()) ?? [];

describe('docs/words.md says what the tables say', () => {
  it.each(Object.entries(HOST_OPTIONS))('host option %s', (name, { values, range, meaning }) => {
    const allowed = range === undefined ? values?.join(', ') : `${range.default} (${range.least} to ${range.most})`;
    expect(row('Host options', name).slice(2, 4)).toEqual([allowed, meaning]);
  });

  it.each(Object.entries(HOST_EVENTS))('host event %s', (name, { meaning }) => {
    expect(row('Events', name)).toContain(meaning);
  });

  it.each(Object.entries(GUEST_EVENTS))('guest event %s', (name, { text, meaning }) => {
    expect(row('Events', name).slice(2, 4)).toEqual([text, meaning]);
  });

  it.each(Object.entries(FAULTS))('fault %s', (name, { guestSees, hostAfter, steps }) => {
    const wanted = `docs/words.md, "Faults": | \`${name}\` | ${steps.join(', ')} |  | ${guestSees} | ${hostAfter} |`;
    expect(row('Faults', name), wanted).toEqual(expect.arrayContaining([guestSees, hostAfter]));
    expect(row('Faults', name)[2]).toContain(steps.join(', '));
  });
});

describe('docs/words.md says how near to real hosts each thing is', () => {
  const says = (...cells: string[]): void => expect(words.split('\n')).toContain(`| ${cells.join(' | ')} |`);

  it('faults', () => {
    for (const { kinds, places, evidence, source } of FAULT_EVIDENCE) {
      const where = places === 'any' ? 'any' : places.map((place) => `\`${place}\``).join(', ');
      says(kinds.map((kind) => `\`${kind}\``).join(', '), where, evidence, source);
    }
  });

  it('options and events', () => {
    for (const [option, rows] of Object.entries(OPTION_EVIDENCE))
      for (const [value, { evidence, source }] of Object.entries(rows)) says(`\`${option}\``, value, evidence, source);
    for (const [event, { evidence, source }] of Object.entries(EVENT_EVIDENCE)) says(`\`${event}\``, evidence, source);
  });
});

it.each(SPECIFIED_OUTPUTS)('docs/your-sequence.md has $output', ({ output, value, source }) => {
  expect(readFileSync('docs/your-sequence.md', 'utf8').split('\n')).toContain(`| ${output} | ${value} | ${source} |`);
});

/** The content of the first code block of that kind. */
const block = (kind: string, page: string = readme): string => page.split(`\`\`\`${kind}\n`)[1]?.split('```')[0] ?? '';

/** What an example of the library prints. */
const output = (example: string): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', example], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });

describe('docs/scenarios.md', () => {
  const page = readFileSync('docs/scenarios.md', 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  const { properties = {} } = scenarioJsonSchema();
  const described = (at: JsonSchema | undefined): string[] =>
    Object.entries(at?.properties ?? {}).map(([key, { description }]) => `| \`${key}\` | ${description} |`);

  it('has every key of the schema', () => {
    expect(rows).toEqual(expect.arrayContaining(described({ properties })));
    expect(rows).toEqual(expect.arrayContaining(described(properties.machine)));
    for (const at of [properties.budget, properties.machine?.properties?.interfaces?.items]) {
      for (const key of Object.keys(at?.properties ?? {})) expect(page).toContain(`\`${key}\``);
    }
  });

  it('has every word of an expectation', () => {
    for (const [word, meaning] of Object.entries({ ...LISTS, ...COUNTS })) {
      expect(rows).toContain(`| \`${word}\` | ${meaning} |`);
    }
  });

  it('has every scenario that comes with the package, and no other', () => {
    const shipped = shippedScenarios().map(
      (name) => `| [\`${name}\`](../scenarios/${name}.yaml) | ${loadScenario(name).title} |`,
    );
    expect(rows.filter((line) => line.startsWith('| [`'))).toEqual(shipped);
  });

  it('has an example that is one', () => {
    const { events, expect: expected, title } = parseScenario(block('yaml', page), 'example.yaml');
    expect([events.length, expected.length, title]).toEqual([2, 5, expect.stringContaining('suspended')]);
  });

  it('has an example of the library that compiles and runs', async () => {
    const example = block('ts', page);
    expect(readFileSync('test/examples/scenario.ts', 'utf8')).toBe(example);
    expect(await output(example)).toMatch(/^recovers: the guest never recovers its TCLO channel\n/);
  });
});

describe('docs/invariants.md', () => {
  const page = readFileSync('docs/invariants.md', 'utf8');
  const cells = (words: 'any' | readonly unknown[]): string =>
    words === 'any' ? 'any' : words.map((word) => `\`${word}\``).join(', ');
  const says = (...row: string[]): void => {
    const line = `| ${row.join(' | ')} |`;
    expect(page.split('\n').includes(line), `docs/invariants.md has ${line}`).toBe(true);
  };

  it.each(Object.entries(INVARIANTS))('says what %s asks', (name, { always, meaning }) => {
    says(`\`${name}\``, always ? 'always' : 'asked for', meaning);
  });

  it('has the tables of what is asked, row by row', () => {
    for (const { kinds, steps, effect } of EFFECT_ROWS) says(cells(kinds), cells(steps), effect);
    for (const { effects, places, invariants, asked, why } of FAULT_RULINGS) {
      says(cells(effects), cells(places), cells(invariants), asked ? 'asked' : 'not asked', why);
    }
    for (const { option, values, invariants, asked, why } of OPTION_RULINGS) {
      const name = option === 'any' ? 'any' : `\`${option}\``;
      says(name, cells(values), cells(invariants), asked ? 'asked' : 'not asked', why);
    }
    const rows = page.split('\n').filter((line) => / \| (not )?asked \| /.test(line));
    expect(rows).toHaveLength(FAULT_RULINGS.length + OPTION_RULINGS.length);
  });

  it('has an example of a rule that compiles and runs', async () => {
    const example = block('ts', page);
    expect(readFileSync('test/examples/invariant.ts', 'utf8')).toBe(example);
    expect(await output(example)).toMatch(/^greetsSoon the guest greets late "OK ATR" came at 1\.\d+ s: .*\n$/);
  });
});

describe('the README', () => {
  it('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => target as string);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect([link, existsSync(link)]).toEqual([link, true]);
  });

  it('shows what its command prints', () => expectTranscript(block('console')));

  it('has an example of the library that compiles and runs', async () => {
    const example = block('ts');
    expect(readFileSync('test/examples/readme.ts', 'utf8')).toBe(example);
    expect(await output(example)).toMatch(/^the guest never recovers its TCLO channel vmt_rpc\.c:\d+$/m);
  });
});

describe('docs/check.md', () => {
  it('shows what its short command prints', () => {
    const [, short = ''] = blocksOf(readFileSync('docs/check.md', 'utf8'), 'console');
    return expectTranscript(short);
  });
});
