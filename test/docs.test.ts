import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS, HOST_EVENTS, HOST_OPTIONS } from '../src/tclo-host/index.ts';

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
    expect(row('Host events', name)).toContain(meaning);
  });

  it.each(Object.entries(FAULTS))('fault %s', (name, { guestSees, hostAfter, steps }) => {
    expect(row('Faults', name)).toEqual(expect.arrayContaining([guestSees, hostAfter]));
    expect(row('Faults', name)[2]).toContain(steps.join(', '));
  });
});

describe('the README', () => {
  it('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => target as string);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect([link, existsSync(link)]).toEqual([link, true]);
  });
});
