import { expect, test } from 'vitest';
import { advance, SOUND_DRIVERS, unexcused } from '../guests/sound-driver.ts';

const HOURS = 1000;
/** Of one run: many short ones see more than a long one, and each of them is quickly repeated. */
const STRETCH = 8;

test(`${HOURS} virtual hours of the sound drivers with random host events: no finding`, () => {
  const first = Date.now() >>> 0;
  let hours = 0;
  for (let seed = first; hours < HOURS; seed += 1) {
    const driver = SOUND_DRIVERS[seed % SOUND_DRIVERS.length] as string;
    const report = advance(driver, STRETCH, seed);
    expect([driver, seed, unexcused(report)]).toEqual([driver, seed, []]);
    hours += report.virtualSeconds / 3600;
  }
  console.log(`${Math.round(hours)} virtual hours, first seed ${first}`);
});
