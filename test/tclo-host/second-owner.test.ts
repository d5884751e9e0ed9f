import { describe, expect, test } from 'vitest';
import { COOKIE, Guest, OPEN, RECVSIZE, TCLO } from './guest.ts';

const works = (guest: Guest, handle: { id: number; high: number; low: number }): boolean =>
  guest.low(RECVSIZE, handle).ecx !== 0;

describe('a second TCLO channel of one application: there can only be 1', () => {
  test.each([
    ['newest', false, true],
    ['oldest', true, false],
    ['both', false, false],
  ] as const)('secondOwner=%s', (secondOwner, olderWorks, newerWorks) => {
    const guest = new Guest({ options: { secondOwner } });
    const older = guest.greet();
    const newer = guest.greet();
    expect([works(guest, older), works(guest, newer)]).toEqual([olderWorks, newerWorks]);
    expect(guest.log).toContain('GuestRpc: application toolbox has channel 0, there can only be 1');
  });

  test('secondOwner=refuse: it cannot open until the first has gone', () => {
    const guest = new Guest({ options: { secondOwner: 'refuse' } });
    const first = guest.greet();
    expect(guest.low(OPEN, null, TCLO + COOKIE).ecx).toBe(0);
    expect(works(guest, first)).toBe(true);
    guest.low(6, first);
    expect(works(guest, guest.greet())).toBe(true);
  });

  test.each(['newest', 'oldest', 'both', 'refuse'] as const)(
    'secondOwner=%s minds neither a dead owner nor another application',
    (secondOwner) => {
      const guest = new Guest({ options: { secondOwner } });
      guest.greet();
      guest.host.event({ name: 'tclo.break' });
      const second = guest.greet();
      expect(works(guest, second)).toBe(true);
      if (secondOwner === 'refuse') return;
      expect(works(guest, guest.greet('toolbox-dnd'))).toBe(true);
      expect(works(guest, second)).toBe(true);
    },
  );

  test.each([
    ['newest', false, 2],
    ['oldest', true, 2],
    ['both', false, 2],
    ['refuse', true, 1],
  ] as const)('secondOwner=%s and a rival that comes and goes', (secondOwner, stillWorks, opens) => {
    const guest = new Guest({ options: { secondOwner } });
    const own = guest.greet();
    guest.host.event({ name: 'tclo.rival' });
    expect(works(guest, own)).toBe(stillWorks);
    expect(guest.host.report).toMatchObject({ tcloOpens: opens, channelsOpen: 1 });
    // The toolbox is free for whoever comes next.
    guest.low(6, own);
    expect(works(guest, guest.greet())).toBe(true);
  });

  test('a rival finds no channel left', () => {
    const guest = new Guest({ options: { maxChannels: 1 } });
    const own = guest.greet();
    guest.host.event({ name: 'tclo.rival' });
    expect(works(guest, own)).toBe(true);
    expect(guest.log).toContain('tclo.rival: no target, or already in progress');
  });
});
