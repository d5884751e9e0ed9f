import { describe, expect, test } from 'vitest';
import { HOST_OPTIONS, parseHostOption, resolveHostOptions, VmwareHost } from '../../src/tclo-host/index.ts';
import * as g from './guest.ts';

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
    unspecified: 0,
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

test('the error of an unknown option lists the known ones', () => {
  for (const attempt of [() => resolveHostOptions({ speed: 1 } as object), () => parseHostOption('toString', 'x')]) {
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining('maxChannels') }));
  }
});

describe('the options that a host goes by', () => {
  test('are noted when they decide something', () => {
    const guest = new g.Guest();
    const { optionsRead } = guest.host.watched;
    const handle = guest.open(g.RPCI);
    expect(optionsRead.has('closeBroken')).toBe(false);
    guest.low(g.SENDSIZE, handle, 5, { kind: 'break' });
    guest.low(g.CLOSE, handle);
    expect(optionsRead.has('closeBroken')).toBe(true);
    optionsRead.clear();
    guest.host.event({ name: 'checkpoint' });
    expect(optionsRead.has('checkpointMode')).toBe(true);
  });

  test('can be exchanged, but for those that it was built by', () => {
    const guest = new g.Guest();
    const handle = guest.open(g.RPCI);
    guest.low(g.SENDSIZE, handle, 5, { kind: 'break' });
    guest.host.watched.exchange(resolveHostOptions({ closeBroken: 'refuse' }));
    expect(guest.low(g.CLOSE, handle).ecx).toBe(0);
    guest.host.watched.exchange(resolveHostOptions());
    expect(guest.low(g.CLOSE, handle).ecx).toBe(0x10000);
    for (const options of [{ maxChannels: 4 }, { personality: 'qemu' }, { hypercall: 'vmcall' }] as const) {
      const [name] = Object.keys(options);
      expect(new VmwareHost().watched.obstacle(resolveHostOptions(options))).toBe(name);
      expect(() => guest.host.watched.exchange(resolveHostOptions(options))).toThrow(
        expect.objectContaining({ code: 'host.option' }),
      );
    }
    expect(new VmwareHost().watched.obstacle(resolveHostOptions({ unsolicitedReply: 'accept' }))).toBeNull();
  });
});
