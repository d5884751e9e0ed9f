import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { vmtbench } from './support/cli.ts';

/** Rooms and pages that are not rewritten yet: paths that a file's path starts with. To be emptied. */
const NOT_YET: readonly string[] = [];

/** A word as an identifier or as part of one: `letIn`, `firstStrike`, `strikesOf`. */
const part = (...words: string[]): RegExp =>
  new RegExp(
    words
      .flatMap((word) => [`(?<![A-Za-z])${word}`, capital(word)])
      .map((word) => `${word}(?![a-z])`)
      .join('|'),
    'g',
  );
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Words in a row, also where a comment breaks the line between them. */
const phrase = (words: string): RegExp => new RegExp(`\\b${words.replaceAll(' ', '[\\s*/#]+')}\\b`, 'gi');

/** Private vocabulary, and what the field says instead. */
const CLOSED: readonly (readonly [instead: string, words: RegExp])[] = [
  ['JudgedRun', part('lived')],
  ['BaselineRun', part('calm', 'calms')],
  ['VisitedState', part('junction', 'junctions')],
  ['RunSegment', part('stretch', 'stretches')],
  ['Bucket', part('discovery', 'discoveries')],
  ['BucketDelta', part('tally', 'tallies')],
  ['ReportContext', part('telling')],
  ['StackTracer', part('whereabouts')],
  ['shouldPreempt', part('letIn')],
  ['injection', part('strike', 'strikes')],
  ['execution or run', part('life', 'lives')],
  ['preempts', phrase('comes? in between')],
  ['gets, knows, is notified', phrase('(is|are) told')],
  ['is missing', phrase('nobody wrote')],
  ['triggered', phrase('came about')],
];

/** Plain English, and a public name that stays: the line of that file, whole or a part of it. */
const ALLOWED: readonly (readonly [file: string, text: string])[] = [
  ['src/scenario/index.ts', 'type Life, '],
  ['src/scenario/open.ts', 'export type Life = RunResult;'],
  ['docs/library.md', '`openBench`, `OpenBench`, `check`, `Life`, the matchers'],
  ['docs/scenarios.md', '24 hours of ordinary life'],
  ['scenarios/a-day.yaml', '24 hours of ordinary life'],
];

const COMMANDS = ['run', 'check', 'call', 'exec', 'trace', 'replay', 'diff', 'cov', 'schema', 'doctor'];

interface Text {
  readonly name: string;
  readonly text: string;
}

const filesOf = (folder: string, ending: RegExp): Text[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .map((path) => `${folder}/${path}`)
    .sort()
    .map((name) => ({ name, text: readFileSync(name, 'utf8') }));

const isReady = ({ name }: Text): boolean => !NOT_YET.some((start) => name.startsWith(start));

const lineAt = (text: string, at: number): string =>
  text.slice(text.lastIndexOf('\n', at - 1) + 1, `${text}\n`.indexOf('\n', at)).trim();

/** Each use of the closed list that is not allowed: where it is, and what to write instead. */
function usesIn({ name, text }: Text): string[] {
  return CLOSED.flatMap(([instead, words]) =>
    [...text.matchAll(words)].flatMap(({ 0: found, index }) => {
      const line = lineAt(text, index);
      if (ALLOWED.some(([file, plain]) => file === name && line.includes(plain))) return [];
      return [`${name}:${text.slice(0, index).split('\n').length}: "${found}" (${instead}): ${line}`];
    }),
  );
}

describe('the closed list of private words', () => {
  const sources = filesOf('src', /\.(ts|cc|h)$/);
  const pages = [{ name: 'README.md', text: readFileSync('README.md', 'utf8') }, ...filesOf('docs', /\.md$/)];
  const scenarios = filesOf('scenarios', /\.yaml$/);

  it('finds each of its words, in names, in prose and across lines', () => {
    const text = 'class Lived {}\n// what comes in\n//   between; a letIn, firstStrike(life), the guest is told\n';
    const found = usesIn({ name: 'src/example.ts', text }).map((use) => /"([^"]*)"/s.exec(use)?.[1]);
    expect(found).toEqual(['Lived', 'letIn', 'Strike', 'life', 'comes in\n//   between', 'is told']);
    expect(usesIn({ name: 'src/example.ts', text: 'delivers, lifetime, striking, an outlet in' })).toEqual([]);
  });

  it.each([
    ['src', sources],
    ['README and docs', pages],
    ['scenarios', scenarios],
  ])('is not used in %s', (_, texts) => {
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.filter(isReady).flatMap(usesIn)).toEqual([]);
  });

  it.each(COMMANDS)('is not used in the help of %s', async (command) => {
    const { status, stdout } = await vmtbench('help', command);
    expect([status, stdout]).toEqual([0, expect.stringContaining(`vmtbench ${command}`)]);
    const help = { name: `help ${command}`, text: stdout };
    expect(isReady(help) ? usesIn(help) : []).toEqual([]);
  });

  it('allows only what is there', () => {
    const texts = [...sources, ...pages, ...scenarios];
    for (const [file, plain] of ALLOWED) expect(texts.find(({ name }) => name === file)?.text).toContain(plain);
    for (const start of NOT_YET) {
      expect([start, start.startsWith('help ') || texts.some(({ name }) => name.startsWith(start))]).toEqual([
        start,
        true,
      ]);
    }
  });
});
