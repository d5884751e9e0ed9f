import { describe, expect, test } from 'vitest';
import * as g from './guest.ts';

const { Guest, bytes } = g;

/** A guest whose session is over its greeting, and idle. */
function idle(config: ConstructorParameters<typeof Guest>[0] = {}): { guest: g.Guest; handle: g.Handle } {
  const guest = new Guest(config);
  const handle = guest.greet();
  guest.drain(handle);
  return { guest, handle };
}

const REPORT = 'tools.os.statechange.status 1 5';
const STEPS = ['Capabilities_Register', 'Set_Option broadcastIP 1'];

describe('checkpoint', () => {
  /** The words of a payload step after the event, and of the same step again. */
  const CASES: readonly [
    string,
    (guest: g.Guest, handle: g.Handle) => void,
    (guest: g.Guest, handle: g.Handle) => number,
  ][] = [
    [
      'SENDPAYLOAD',
      (guest, handle) => guest.low(g.SENDSIZE, handle, 5),
      (guest, handle) => guest.low(g.SENDPAYLOAD, handle).ecx,
    ],
    [
      'rep outsb',
      (guest, handle) => guest.low(g.SENDSIZE, handle, 5),
      (guest, handle) => guest.highOut(handle, bytes('log x')).ebx,
    ],
    [
      'RECVPAYLOAD',
      (guest, handle) => guest.low(g.RECVSIZE, handle),
      (guest, handle) => guest.low(g.RECVPAYLOAD, handle, 1).ecx,
    ],
    ['rep insb', (guest, handle) => guest.low(g.RECVSIZE, handle), (guest, handle) => guest.highIn(handle, 2)[0].ebx],
    [
      'RECVSTATUS',
      (guest, handle) => guest.low(g.RECVSIZE, handle),
      (guest, handle) => guest.low(g.RECVSTATUS, handle, 1).ecx,
    ],
  ];

  test.each(CASES)('%s answers the checkpoint status once; the guest starts over and wins', (name, prepare, step) => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    guest.send(handle, bytes('log x'));
    prepare(guest, handle);
    guest.host.event({ name: 'checkpoint' });
    expect(step(guest, handle)).toBe(0x100000);
    if (name === 'SENDPAYLOAD' || name === 'rep outsb') guest.send(handle, bytes('log x'));
    expect(guest.receive(handle)).toEqual(bytes('1 '));
  });

  test('sizes are not affected, and the mark stays until a payload step', () => {
    const guest = new Guest();
    const handle = guest.open(g.RPCI);
    guest.send(handle, bytes('log x'));
    guest.host.event({ name: 'checkpoint' });
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0x830000);
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0x830000);
    expect(guest.highIn(handle, 2)[0].ebx).toBe(0x100000);
    expect(guest.highIn(handle, 2)[0].ebx).toBe(0x10000);
  });

  test('an idle channel, and a request fetched and not yet answered, are not hit; then reset is posted', () => {
    const { guest, handle } = idle({ options: { session: 'resetOnly' } });
    const rpci = guest.open(g.RPCI);
    guest.host.event({ name: 'tclo.send', text: 'hello' });
    guest.receive(handle);
    guest.host.event({ name: 'checkpoint' });
    guest.send(handle, bytes('OK '));
    expect(guest.drain(handle)).toEqual(['reset']);
    guest.send(rpci, bytes('log x'));
    expect(guest.receive(rpci)).toEqual(bytes('1 '));
  });

  test('a TCLO message posted and unread is offered again', () => {
    const { guest, handle } = idle({ options: { session: 'resetOnly' } });
    guest.host.event({ name: 'tclo.send', text: 'hello' });
    guest.host.event({ name: 'checkpoint' });
    guest.low(g.RECVSIZE, handle);
    expect(guest.highIn(handle, 5)[0].ebx).toBe(0x100000);
    expect(guest.drain(handle)).toEqual(['hello', 'reset']);
  });

  test('strict: every channel breaks, and TCLO waits for a new one', () => {
    const { guest, handle } = idle({ options: { checkpointMode: 'strict' } });
    const rpci = guest.open(g.RPCI);
    guest.host.event({ name: 'checkpoint' });
    for (const channel of [handle, rpci]) {
      expect(guest.low(g.RECVSIZE, channel).ecx).toBe(0);
      expect(guest.low(g.CLOSE, channel).ecx).toBe(0x10000);
    }
    expect(guest.drain(guest.greet())).toEqual(STEPS);
  });
});

describe('suspend', () => {
  /** Fetches OS_Suspend and reports; leaves the report's answer unread. */
  function report(guest: g.Guest, handle: g.Handle): g.Handle {
    expect(guest.receive(handle)).toEqual(bytes('OS_Suspend'));
    const rpci = guest.open(g.RPCI);
    guest.send(rpci, bytes(REPORT));
    guest.low(g.RECVSIZE, rpci);
    return rpci;
  }

  test('strikes the unread answer of the report, resets 2 s later and resumes after the greeting', () => {
    const { guest, handle } = idle();
    guest.host.event({ name: 'suspend' });
    const rpci = report(guest, handle);
    expect(guest.highIn(rpci, 2)[0].ebx).toBe(0x100000);
    guest.send(handle, bytes('OK '));
    guest.now = 2 * g.SECOND - 1;
    expect(guest.drain(handle)).toEqual([]);
    guest.now = 2 * g.SECOND;
    expect(guest.drain(handle)).toEqual(['reset', ...STEPS, 'OS_Resume']);
  });

  test('quiet: the same without the checkpoint', () => {
    const { guest, handle } = idle();
    guest.host.event({ name: 'suspend', text: 'quiet' });
    const rpci = report(guest, handle);
    expect(guest.highIn(rpci, 2)[0].ebx).toBe(0x10000);
    guest.send(handle, bytes('OK '));
    guest.now = 2 * g.SECOND;
    expect(guest.drain(handle)).toEqual(['reset', ...STEPS, 'OS_Resume']);
  });

  test('a guest that does not report is suspended after 30 s', () => {
    const { guest, handle } = idle();
    guest.host.event({ name: 'suspend' });
    expect(guest.drain(handle)).toEqual(['OS_Suspend']);
    guest.now = 14 * g.SECOND;
    expect(guest.drain(handle)).toEqual([]);
    guest.now = 31 * g.SECOND;
    guest.host.advance();
    expect(guest.hostEvents.at(-1)).toMatchObject({ at: 30 * g.SECOND, text: 'checkpoint taken' });
    // The ping of the 15th second is still up, and was struck.
    guest.low(g.RECVSIZE, handle);
    expect(guest.highIn(handle, 4)[0].ebx).toBe(0x100000);
    guest.now = 32 * g.SECOND;
    expect(guest.drain(handle)).toEqual(['ping', 'reset', ...STEPS, 'OS_Resume']);
  });

  test('a guest without tools is never told of a suspend that is over', () => {
    const guest = new Guest();
    guest.host.event({ name: 'suspend' });
    guest.now = 40 * g.SECOND;
    const fetched = guest.drain(guest.greet());
    expect(fetched).not.toContain('OS_Suspend');
    expect(fetched).toContain('OS_Resume');
  });

  test('a second one while the first is under way is not done', () => {
    const { guest, handle } = idle();
    guest.host.event({ name: 'suspend' });
    guest.host.event({ name: 'suspend' });
    expect(guest.drain(handle)).toEqual(['OS_Suspend']);
  });

  test('reports of other states do not suspend', () => {
    const { guest } = idle();
    guest.host.event({ name: 'suspend' });
    expect(guest.rpci('tools.os.statechange.status 1 3')).toBe('1 ');
    expect(guest.rpci('tools.os.statechange.status 15')).toBe('1 ');
    expect(guest.host.nextDeadline()).toBe(15 * g.SECOND * 2);
  });
});
