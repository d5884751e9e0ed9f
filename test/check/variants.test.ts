import { describe, expect, it } from 'vitest';
import { Hosts, hostVariants } from '../../src/check/variants.ts';

describe('hostVariants', () => {
  it('puts the requested host first and adds the options of each unkind host', () => {
    const [first, ...others] = hostVariants({ highBandwidth: false });
    expect(first).toEqual({ highBandwidth: false });
    expect(others).toHaveLength(4);
    expect(others.every(({ highBandwidth }) => highBandwidth === false)).toBe(true);
  });

  it('has no host twice', () => {
    expect(hostVariants({ closeBroken: 'refuse' })).toHaveLength(4);
    expect(hostVariants({ closeBroken: 'refuse', checkpointMode: 'strict' })).toHaveLength(3);
  });
});

describe('Hosts', () => {
  const hosts = new Hosts([{}, { closeBroken: 'refuse' }, { checkpointMode: 'strict', closeBroken: 'refuse' }]);

  it('knows the options in which two hosts differ', () => {
    expect(hosts.differing(0, 1)).toEqual(['closeBroken']);
    expect([...hosts.differing(0, 2)].sort()).toEqual(['checkpointMode', 'closeBroken']);
    expect(hosts.differing(1, 1)).toEqual([]);
  });

  it.each([
    [0, 1, [], true],
    [0, 1, ['closeBroken'], false],
    [0, 1, ['checkpointMode'], true],
    [1, 2, ['closeBroken'], true],
    [1, 2, ['closeBroken', 'checkpointMode'], false],
    [2, 2, ['closeBroken'], true],
  ] as const)('hosts %i and %i, after reading %j: alike is %s', (one, other, optionsRead, alike) => {
    expect(hosts.alike(one, other, optionsRead)).toBe(alike);
  });
});
