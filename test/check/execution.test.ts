import { expect, it } from 'vitest';
import { accessesOf, executionOf, type RunSegment } from '../../src/check/execution.ts';
import type { Fact } from '../../src/judge/index.ts';
import { accessAt } from './support.ts';

const segment = (at: number, more: Partial<RunSegment> = {}): RunSegment => ({
  facts: [['access', accessAt(at, {})]],
  over: false,
  ending: null,
  end: { at, blocks: [] },
  optionsRead: [],
  next: null,
  ...more,
});

it('joins segments: all facts, the last end, each option once', () => {
  const segments = [
    segment(1, { optionsRead: ['closeBroken'] }),
    segment(2, { optionsRead: ['checkpointMode', 'closeBroken'] }),
    segment(3, { over: true }),
  ];
  const execution = executionOf(segments, 2, true);
  expect(execution.pieces).toEqual(segments.map(({ facts }) => facts));
  expect(execution).toMatchObject({ end: { at: 3 }, ending: null, injected: 2, shared: true });
  expect(execution.optionsRead).toEqual(['closeBroken', 'checkpointMode']);
});

it('lists the accesses among the facts, in order', () => {
  const idle: Fact = ['idle', 5, []];
  const accesses = accessesOf([[idle, ['access', accessAt(1, {})]], [], [['access', accessAt(2, {})], idle]]);
  expect(accesses.map(({ at }) => at)).toEqual([1, 2]);
});
