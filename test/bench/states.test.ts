import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createGuest } from '../../src/kernels/index.ts';
import { parseObject } from '../../src/object/index.ts';
import { expectWholeStates } from './states-support.ts';

const FOLDER = 'fixtures/kernels';

/** The fixtures that their kernel brings up by itself. */
const BOOTING = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.o') && !name.endsWith('-real.o'))
  .filter((name) => {
    const guest = createGuest(parseObject(readFileSync(`${FOLDER}/${name}`), name));
    try {
      return guest.kernelFacts.boots;
    } finally {
      guest.close();
    }
  });

/** A session, a suspend, a backup, a greeting anew. */
const EVENTS = ['at=2s suspend quiet', 'at=5s backup', 'at=6s tclo.glitch'];

describe('the state of a run is whole', () => {
  it('of drivers of each kernel', () => {
    expect(BOOTING.length).toBeGreaterThan(15);
    for (const kernel of ['freebsd', 'netbsd', 'unpatched']) {
      expect(
        BOOTING.some((name) => name.includes(kernel)),
        kernel,
      ).toBe(true);
    }
  });

  it.each(BOOTING)('%s goes on from every snapshot as it did', (name) => {
    const seed = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
    expectWholeStates(`${FOLDER}/${name}`, { seconds: 9, events: EVENTS, seed });
  });

  it.each(BOOTING)('%s is shut down from every snapshot as it was', (name) => {
    const host = { session: 'resetOnly' } as const;
    const ending = expectWholeStates(`${FOLDER}/${name}`, { seconds: 6, events: ['at=2s halt'], host, seed: 11 });
    expect(ending).toMatchObject({ kind: 'halted', how: 'halt' });
  });

  it.each(BOOTING.filter((name) => name.includes('-patched-amd64')))('%s does so while others preempt it', (name) => {
    const preemptions = ['every within=1s'];
    expectWholeStates(`${FOLDER}/${name}`, { seconds: 5, events: EVENTS.slice(0, 1), preemptions, seed: 3 });
  });
});
