import { describe, expect, it } from 'vitest';
import type { RunSegment } from '../../src/check/execution.ts';
import { Hosts } from '../../src/check/variants.ts';
import { VisitedStates } from '../../src/check/visited-states.ts';

const idleState = (state: string, now = 0) => ({ now, due: [now], state });
const segment = (over: boolean, optionsRead: RunSegment['optionsRead'] = []): RunSegment => ({
  facts: [],
  over,
  ending: null,
  end: { at: 0, blocks: [] },
  optionsRead,
  next: null,
});
const hosts = new Hosts([{}, { closeBroken: 'refuse' }]);

describe('VisitedStates', () => {
  it('knows a state again by all that decides the future: time, deadlines and the rest', () => {
    const visited = new VisitedStates(hosts);
    expect(visited.at(idleState('a'))).toBe(visited.at(idleState('a')));
    expect(visited.at(idleState('a'))).not.toBe(visited.at(idleState('b')));
    expect(visited.at(idleState('a'))).not.toBe(visited.at(idleState('a', 5)));
  });

  it('follows known segments to the end of the execution', () => {
    const visited = new VisitedStates(hosts);
    const [first, last] = [segment(false), segment(true)];
    const [from, to] = [visited.at(idleState('a')), visited.at(idleState('b'))];
    first.next = to;
    expect(visited.restFrom(from, 0)).toBeNull();
    visited.remember(0, [[from, first]]);
    expect(visited.restFrom(from, 0)).toBeNull();
    visited.remember(0, [[to, last]]);
    expect(visited.restFrom(from, 0)).toEqual([first, last]);
  });

  it('takes the segment of another host only if the host read no option in which they differ', () => {
    const visited = new VisitedStates(hosts);
    const [same, other] = [visited.at(idleState('a')), visited.at(idleState('b'))];
    visited.remember(0, [[same, segment(true, ['checkpointMode'])]]);
    visited.remember(0, [[other, segment(true, ['closeBroken'])]]);
    expect([visited.restFrom(same, 1)?.length, visited.restFrom(other, 1)]).toEqual([1, null]);
  });

  it('keeps all segments of an execution or none', () => {
    const visited = new VisitedStates(hosts, 2);
    const [a, b, c] = ['a', 'b', 'c'].map((state) => visited.at(idleState(state)));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three states');
    visited.remember(0, [[a, segment(true)]]);
    visited.remember(0, [
      [b, segment(false)],
      [c, segment(true)],
    ]);
    expect([a.known.length, b.known.length, c.known.length]).toEqual([1, 0, 0]);
    visited.remember(0, [[b, segment(true)]]);
    // Full: a new state is not kept.
    expect(visited.at(idleState('d'))).not.toBe(visited.at(idleState('d')));
    expect(visited.at(idleState('b'))).toBe(b);
  });
});
