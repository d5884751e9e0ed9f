import { describe, expect, it } from 'vitest';
import { ProgressLine, paceOf, runProgress } from '../../src/cli/progress.ts';

/** A progress line with a clock of the test's own. */
function setUp(isTTY: boolean) {
  const written: string[] = [];
  const clock = { now: 5000 };
  const progress = new ProgressLine({ isTTY, write: (text) => written.push(text) }, () => clock.now);
  return { written, clock, progress };
}

describe('ProgressLine', () => {
  it('writes a line every 30 seconds into a pipe, and nothing before', () => {
    const { written, clock, progress } = setUp(false);
    for (let second = 0; second <= 90; second++) {
      progress.show((elapsed) => `at ${elapsed}`);
      clock.now += 1000;
    }
    progress.clear();
    expect(written).toEqual(['at 30\n', 'at 60\n', 'at 90\n']);
  });

  it('writes one line over and over on a terminal, and takes it away', () => {
    const { written, clock, progress } = setUp(true);
    for (let tenth = 0; tenth <= 2; tenth++) {
      progress.show((elapsed) => `at ${elapsed}`);
      clock.now += 100;
    }
    progress.clear();
    progress.clear();
    expect(written).toEqual(['\r\x1b[Kat 0.1', '\r\x1b[Kat 0.2', '\r\x1b[K']);
  });

  it('estimates from the pace so far', () => {
    expect(paceOf(250, 1000, 10)).toBe('25/s, 30 s left');
    expect(paceOf(0, 0, 0)).toBe('0/s, 0 s left');
  });
});

describe('the progress of a run', () => {
  it('says how much virtual time has passed, and makes room for what is printed', () => {
    const { written, clock, progress } = setUp(true);
    const watcher = runProgress(progress, 3_600_000e9);
    clock.now += 2000;
    for (let moment = 1; moment <= 64; moment++) watcher.idle?.(moment * 1e9, []);
    watcher.console?.({ at: 64e9, text: 'vmt0: a line' });
    expect(written).toEqual(['\r\x1b[K64 of 3600000 virtual seconds, 32/s, 112498 s left', '\r\x1b[K']);
  });
});
