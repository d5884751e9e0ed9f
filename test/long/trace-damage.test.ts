import { expect, it } from 'vitest';
import { openBench } from '../../src/scenario/index.ts';
import { cutAnywhere, flipBits } from '../trace/damage.ts';
import { DAMAGE_READERS } from '../trace/damage-readers.ts';

const FLIPS = 10_000;

const bench = openBench({ object: 'fixtures/kernels/vmt-unpatched-amd64.o', events: ['at=2s tclo.break'] });
const { trace } = bench.run('3s');
bench.close();

it(`${FLIPS} flipped bits are reported by every reader`, () => {
  flipBits(DAMAGE_READERS, trace, FLIPS, 7);
  console.log(`${FLIPS} flipped bits of ${trace.length} bytes, ${DAMAGE_READERS.length} readers`);
});

it('every cut is reported by every reader', () => {
  cutAnywhere(DAMAGE_READERS, trace, 1);
  expect(trace.length).toBeGreaterThan(5000);
});
