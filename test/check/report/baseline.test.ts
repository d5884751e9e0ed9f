import { describe, expect, it } from 'vitest';
import { parseBaseline } from '../../../src/check/index.ts';
import { VmtbenchError } from '../../../src/errors.ts';
import { checkFinding } from '../support.ts';

const report = (findings: object[]) => ({ runs: 3, accesses: 2, unexplored: 0, seconds: 0.5, findings });

describe('parseBaseline', () => {
  it('reads what a comparison needs of a report', () => {
    const { invariant: _, ...hang } = checkFinding({ kind: 'hang' });
    const ran = { 'tclo.send break': '1-7' };
    const what = { triggers: { 'tclo.send break': 1 }, occurrences: { 'tclo.send break': '3' }, cause: hang.cause };
    expect(parseBaseline(JSON.stringify({ ...report([checkFinding(), hang]), ran }), 'a.json')).toEqual({
      findings: [
        { kind: 'invariant', invariant: 'recovers', ...what },
        { kind: 'hang', ...what },
      ],
      ran,
      whole: true,
    });
  });

  it('reads a report of a version that did not say what it executed', () => {
    const { occurrences: _, ...old } = checkFinding();
    expect(parseBaseline(JSON.stringify({ ...report([old]), unexplored: 2 }), 'a.json')).toEqual({
      findings: [{ kind: 'invariant', invariant: 'recovers', triggers: { 'tclo.send break': 1 } }],
      whole: false,
    });
  });

  it('reads a report with keys that it does not know', () => {
    expect(parseBaseline(JSON.stringify({ ...report([]), executed: 3, shared: 0, later: [] }), 'a.json')).toEqual({
      findings: [],
      whole: true,
    });
  });

  it.each([
    ['no JSON', 'hello', /^a\.json is no report of a check: /],
    ['no triggers', JSON.stringify(report([{ kind: 'invariant' }])), /: findings\.0\.triggers: /],
    ['an unknown kind', JSON.stringify(report([{ kind: 'x', triggers: {} }])), /: findings\.0\.kind: /],
    ['the report of a run', '{"outcome":"completed","findings":[]}', /: runs: /],
    ['no object', 'null', /a\.json is no report of a check: /],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseBaseline(text, 'a.json')).toThrow(message);
    expect(() => parseBaseline(text, 'a.json')).toThrow(VmtbenchError);
  });
});
