// @ts-check
// The table of known bugs, as text: one line a bug, what is missed too.

/** @typedef {{ bug: import('./list.mjs').KnownBug, verdict: import('./judge.mjs').Verdict }} Row */

const answer = (/** @type {boolean | null} */ it) => (it === null ? '-' : it ? 'yes' : 'no');
const times = (/** @type {number | null} */ it) => (it === null ? '-' : it > 0 ? 'yes' : 'no');

/** @type {[title: string, cell: (row: Row) => string][]} */
const COLUMNS = [
  ['bug', ({ bug }) => bug.bug],
  ['kind', ({ bug }) => bug.kind],
  ['system', ({ bug }) => bug.system],
  ['year', ({ bug }) => String(bug.year ?? '?')],
  ['reached', ({ verdict }) => times(verdict.reached)],
  ['triggered', ({ verdict }) => times(verdict.triggered)],
  ['detected', ({ verdict }) => (verdict.rules.length > 0 ? 'yes' : 'missed')],
  ['by', ({ verdict }) => verdict.rules.join(', ') || '-'],
  ['cases', ({ verdict }) => (verdict.cases === 0 ? '-' : `${verdict.found} of ${verdict.cases}`)],
  ['fix clean', ({ verdict }) => answer(verdict.fixClean)],
];

/** One verdict in a few words, for who waits. @param {import('./judge.mjs').Verdict} verdict @returns {string} */
export function inShort({ reached, triggered, rules, found, cases, fixClean, note }) {
  if (note !== undefined) return note;
  const result = rules.length > 0 ? `${rules.join(', ')} in ${found} of ${cases} cases` : `missed in ${cases} cases`;
  return `reached ${reached}, triggered ${triggered}: ${result}${fixClean === false ? '; the fix is not clean' : ''}`;
}

/** @param {Row[]} rows @returns {string} */
export function table(rows) {
  const lines = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = rows.flatMap(({ bug, verdict }) => (verdict.note === undefined ? [] : [`${bug.bug}: ${verdict.note}`]));
  return [...text, '', summary(rows), ...notes].join('\n');
}

/** @param {Row[]} rows */
function summary(rows) {
  const count = (/** @type {(row: Row) => boolean} */ is) => rows.filter(is).length;
  const missed = rows.filter(({ verdict }) => verdict.rules.length === 0);
  const by = (/** @type {(verdict: import('./judge.mjs').Verdict) => boolean} */ is) =>
    missed.filter(({ verdict }) => is(verdict)).length;
  return [
    `${rows.length} bugs: ${rows.length - missed.length} detected, ${missed.length} missed`,
    `(${by(({ triggered }) => (triggered ?? 0) > 0)} triggered and not detected,`,
    `${by(({ reached, triggered }) => (reached ?? 0) > 0 && triggered === 0)} reached and not triggered,`,
    `${by(({ reached }) => (reached ?? 0) === 0)} not reached);`,
    `fixes clean: ${count(({ verdict }) => verdict.fixClean === true)}`,
  ].join(' ');
}
