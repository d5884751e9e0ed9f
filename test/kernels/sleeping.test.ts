import { describe, expect, test } from 'vitest';
import { stub } from '../../src/guest/index.ts';
import { maySleep, sleeping } from '../../src/kernels/common/sleeping.ts';

/** A kernel that knows nothing but where it is. */
function kernel(noSleep: string | null) {
  const panics: string[] = [];
  return { noSleep, panics, panic: (message: string) => panics.push(message) };
}

type Small = ReturnType<typeof kernel>;

describe('what may sleep', () => {
  const taken: string[] = [];
  const table = sleeping<Small>({ mutex_lock: stub('int', ['ptr'], (_, [lock]) => taken.push(String(lock))) });
  const call = {
    name: 'mutex_lock',
    returnAddress: 0n,
    rest: { wordBits: 64 as const, word: () => 0n, wide: () => 0n },
  };

  test('is done in a process', () => {
    const k = kernel(null);
    expect(table.mutex_lock?.run(k, [8n], call)).toBe(1);
    expect([taken, k.panics]).toEqual([['8'], []]);
  });

  test('ends a guest where nothing may, and is not done', () => {
    const k = kernel('in a soft interrupt');
    table.mutex_lock?.run(k, [9n], call);
    expect([taken, k.panics]).toEqual([['8'], ['mutex_lock: may sleep, in a soft interrupt']]);
    expect(maySleep(k, 'malloc')).toBe(false);
  });
});
