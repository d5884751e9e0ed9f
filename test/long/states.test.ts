import { readdirSync } from 'node:fs';
import { describe, it } from 'vitest';
import { expectWholeStates } from '../bench/states-support.ts';
import { below, randomEvents } from '../support/random-events.ts';

/** Fixtures whose kernel boots them, and how many random lives of each. */
const FOLDER = 'fixtures/kernels';
const BOOTING = readdirSync(FOLDER).filter((name) => /^vmt-.*\.o$/.test(name));
const RUNS = 8;

describe('the state of a run is whole', () => {
  it.each(BOOTING)(`%s goes on from every snapshot as it did, under ${RUNS} random plans`, (name) => {
    const random = below(BOOTING.indexOf(name));
    for (let run = 0; run < RUNS; run++) {
      const seed = random(2 ** 31);
      const ends = ['halt', 'reboot'][random(2)] as string;
      const events = [...randomEvents(0.25, seed), `at=${600 + random(300)}s ${ends}`];
      const preemptions = run % 2 === 0 ? {} : { preemptions: ['every within=20ms'] };
      expectWholeStates(`${FOLDER}/${name}`, { seconds: 900, events, seed, ...preemptions });
    }
  });
});
