import { expect, it } from 'vitest';
import { advance, SOUND_DRIVERS, unexcused } from './sound-driver.ts';

const HOURS = 2;

it.each(SOUND_DRIVERS)(`%s has no finding in ${HOURS} virtual hours with random host events`, (driver) => {
  const report = advance(driver, HOURS, 11);
  expect(unexcused(report)).toEqual([]);
  expect(report.virtualSeconds).toBeGreaterThanOrEqual(HOURS * 3600);
});
