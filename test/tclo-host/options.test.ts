import { describe, expect, test } from 'vitest';
import { HOST_OPTIONS, parseHostOption, resolveHostOptions } from '../../src/tclo-host/index.ts';

test('the defaults', () => {
  expect(resolveHostOptions()).toEqual({
    session: 'full',
    unsolicitedReply: 'break',
    resetAcrossReopen: 'carry',
    closeBroken: 'accept',
    addressError: 'accept',
    checkpointMode: 'retry',
    firstPost: 'afterEmptySend',
    highBandwidth: true,
    hypercall: 'port',
    rpciUntilReset: 'accept',
    personality: 'vmware',
    secondOwner: 'newest',
    messageNul: false,
    maxChannels: 8,
    ring: 0,
  });
});

describe.each(Object.entries(HOST_OPTIONS))('%s', (key, row) => {
  const good = row.values ?? [row.range?.least ?? 0, row.range?.most ?? 0];
  const beyond = [(row.range?.least ?? 0) - 1, (row.range?.most ?? 0) + 1];

  test.each(good.map((value) => [value]))('takes %s, as a value and as a word', (value) => {
    expect(resolveHostOptions({ [key]: value })).toMatchObject({ [key]: value });
    expect(parseHostOption(key, String(value))).toEqual({ [key]: value });
  });

  test.each([['nonsense'], [''], ['1.5'], [1.5], [beyond[0]], [beyond[1]], [null]])('refuses %j', (value) => {
    expect(() => resolveHostOptions({ [key]: value })).toThrow(expect.objectContaining({ code: 'host.option' }));
    expect(() => parseHostOption(key, String(value))).toThrow(expect.objectContaining({ code: 'host.option' }));
  });
});

test('an option that does not exist is told with those that do', () => {
  for (const attempt of [() => resolveHostOptions({ speed: 1 } as object), () => parseHostOption('toString', 'x')]) {
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining('maxChannels') }));
  }
});
