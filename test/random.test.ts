import { describe, expect, it } from 'vitest';
import { hex, hexDigits, hexOctets } from '../src/hex.ts';
import { HOST_MIX, KERNEL_MIX, type Mix, Random, randomAt } from '../src/random.ts';

const take = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

describe('Random', () => {
  // What runs and findings of the past were made with: another number here is another run everywhere.
  it.each<[string, Mix, readonly number[]]>([
    ['the host', HOST_MIX, [3838393609, 4210744933, 801465066, 1648156487, 1633689376]],
    ['a kernel', KERNEL_MIX, [588686121, 1937383562, 4286812467, 2372217166, 1915552099]],
  ])('of %s gives the numbers that it always gave', (_, mix, numbers) => {
    expect(take(new Random(7, mix), 5)).toEqual(numbers);
  });

  it('goes on from its state, which is one word, wherever that is kept', () => {
    const whole = { random: 7 };
    const random = new Random({ now: whole, change: whole });
    random.next();
    const kept = { ...whole };
    const [next] = take(random, 1);
    Object.assign(whole, kept);
    expect(take(random, 1)).toEqual([next]);
    const again = new Random(kept.random);
    expect([take(again, 1), again.state]).toEqual([[next], random.state]);
  });

  it('has no past at a place', () => {
    const random = new Random(7);
    expect(take(random, 4)).toEqual([0, 1, 2, 3].map((index) => randomAt(7, index)));
  });

  it('draws below a bound, never 0 where that is asked for, and bytes', () => {
    const random = new Random(7);
    take(random, 5);
    expect([random.below(100), random.nextNonZero()]).toEqual([9, 897264112]);
    const kernel = new Random(7, KERNEL_MIX);
    take(kernel, 5);
    expect(kernel.bytes(4)).toEqual(Uint8Array.of(199, 192, 229, 222));
  });
});

it('hex digits', () => {
  expect([hex(0), hex(0x5658), hex(1n << 63n)]).toEqual(['0x0', '0x5658', '0x8000000000000000']);
  expect([hexDigits(10, 8), hexDigits(0x123456789n, 8)]).toEqual(['0000000a', '123456789']);
  expect(hexOctets(Uint8Array.of(0, 10, 255))).toEqual(['00', '0a', 'ff']);
});
