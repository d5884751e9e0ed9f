import { describe, expect, it } from 'vitest';
import { causeTable, type ShownCause } from '../../src/cli/cause-table.ts';
import { causeLines, verboseCauseLines } from '../../src/cli/cause-text.ts';
import { checkFinding } from '../check/support.ts';

const CAUSE: ShownCause = {
  cause: 'it never closes a dead channel @ vmt_tclo_tick',
  function: 'vmt_tclo_tick',
  line: 'vmt_tclo.c:167',
  rules: ['quiet', 'recovers'],
  evidence: 'seen',
  executions: 4059,
  smallest: 'tclo.sendsize closed',
  newness: 'new',
};

describe('the table of causes', () => {
  it('has two lines a cause', () => {
    expect(causeTable([CAUSE])).toEqual([
      '   cause                                          line               runs',
      ' 1 it never closes a dead channel                 vmt_tclo.c:167     4059 new',
      '   seen; quiet, recovers; tclo.sendsize closed',
    ]);
    expect(causeTable([])).toEqual([]);
  });

  it('fits a screen of 80 columns and 40 lines, whatever was found', () => {
    const wide = { ...CAUSE, cause: 'x'.repeat(200), line: `${'y'.repeat(60)}.c:1234`, smallest: 'z'.repeat(300) };
    const lines = causeTable(Array.from({ length: 60 }, () => wide));
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines.at(-1)).toContain('and 42 more');
  });

  it('shows no control characters of the guest', () => {
    expect(causeTable([{ ...CAUSE, cause: 'a\u001b[2J' }])[1]).toContain('a\\x1b[2J');
  });
});

describe('a cause', () => {
  const many = Array.from({ length: 30 }, (_, index) =>
    checkFinding({
      title: `title ${index}`,
      explanation: 'word '.repeat(400).trim(),
      triggers: { [`trigger ${index}`]: index + 1 },
      console: ['1.0s a', '2.0s a', '3.0s a'],
    }),
  );

  it('has twelve lines at most, with what was left out counted', () => {
    const lines = causeLines(CAUSE, 3, many);
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines.slice(0, 2)).toEqual([
      '3. it never closes a dead channel',
      '   in vmt_tclo_tick, vmt_tclo.c:167; 4059 runs; seen; new',
    ]);
    expect(lines.slice(5)).toEqual([
      '   shows: title 0 [recovers]',
      '          title 1 [recovers]',
      '          28 more like this',
      '   after: trigger 29 (30)',
      '          trigger 28 (29)',
      '          28 more like this',
      '   repeat: vmtbench run vmt.o --for 60s',
    ]);
  });

  it('has everything under --verbose, repeats folded', () => {
    const text = verboseCauseLines(CAUSE, 1, many).join('\n');
    for (const { title, triggers } of many) {
      expect(text).toContain(title);
      for (const [trigger, count] of Object.entries(triggers)) expect(text).toContain(`${trigger} (${count})`);
    }
    expect(text.match(/\(1 more like this\)/g)).toHaveLength(30);
  });
});
