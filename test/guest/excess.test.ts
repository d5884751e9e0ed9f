import { expect, test } from 'vitest';
import { excessWatch } from '../../src/guest/excess.ts';

test('names the list or table of a kernel that a guest makes grow without end', () => {
  const state = { kernel: { queued: [] as number[], locks: {} as Record<string, number>, random: 7 } };
  const look = excessWatch(() => state);
  const seen = new Set<string | null>();
  const lookLong = (): string | null => {
    let last = null as string | null;
    for (let call = 0; call < 512; call++) last = look() ?? last;
    seen.add(last);
    return last;
  };
  for (let entry = 0; entry < 8192; entry++) {
    state.kernel.queued.push(entry);
    state.kernel.locks[`=${entry}`] = entry;
  }
  expect(lookLong()).toBeNull();
  state.kernel.locks.more = 1;
  expect(lookLong()).toContain("more than 8192 entries in its kernel's kernel.locks");
  state.kernel.queued.push(0);
  expect(lookLong()).toContain('kernel.queued');
});
