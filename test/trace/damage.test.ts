import { describe, it } from 'vitest';
import { openBench } from '../../src/scenario/index.ts';
import { cutAnywhere, flipBits } from './damage.ts';
import { DAMAGE_READERS } from './damage-readers.ts';

// The long form, of every bit count that matters, is test/long/trace-damage.test.ts.
describe('a damaged trace is reported by every reader', () => {
  const bench = openBench({ object: 'fixtures/kernels/vmt-unpatched-amd64.o', events: ['at=2s tclo.break'] });
  const { trace } = bench.run('3s');
  bench.close();

  it('with one flipped bit', () => flipBits(DAMAGE_READERS, trace, 200, 1));
  it('cut off', () => cutAnywhere(DAMAGE_READERS, trace, 101));
});
