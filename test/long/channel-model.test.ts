import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guestSequences } from '../tclo-host/model/channel-commands.ts';

const SEQUENCES = 100_000;

test(`${SEQUENCES} sequences of a guest: the host answers as the model does`, () => {
  const seed = Date.now() >>> 0;
  let done = 0;
  const sequences = guestSequences(() => {
    done += 1;
  });
  fc.assert(sequences, { numRuns: SEQUENCES, seed });
  console.log(`${done} sequences against the model, seed ${seed}`);
  expect(done).toBe(SEQUENCES);
});
