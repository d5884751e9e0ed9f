import { expect, it } from 'vitest';
import { liveOn, SOUND_DRIVERS } from './sound-driver.ts';

const HOURS = 2;

it.each(SOUND_DRIVERS)(`%s has no finding in ${HOURS} virtual hours with random host events`, (driver) => {
  const { findings, virtualSeconds } = liveOn(driver, HOURS, 11);
  expect(findings.map(({ title, explanation }) => [title, explanation])).toEqual([]);
  expect(virtualSeconds).toBeGreaterThanOrEqual(HOURS * 3600);
});
