import { describe, expect, test } from 'vitest';
import { checkHostAction, HOST_EVENTS, type HostAction, type HostEventName } from '../../src/tclo-host/index.ts';
import * as g from './guest.ts';

const { Guest, bytes, text } = g;

/** A guest whose session is over its greeting, and idle. */
function idle(config: ConstructorParameters<typeof Guest>[0] = {}): { guest: g.Guest; handle: g.Handle } {
  const guest = new Guest(config);
  const handle = guest.greet();
  guest.drain(handle);
  return { guest, handle };
}

const STEPS = ['Capabilities_Register', 'Set_Option broadcastIP 1'];

describe('events that post a message', () => {
  test.each<[HostAction, string]>([
    [{ name: 'tclo.send', text: 'Time_Synchronize 1' }, 'Time_Synchronize 1'],
    [{ name: 'ping' }, 'ping'],
    [{ name: 'capabilities' }, 'Capabilities_Register'],
    [{ name: 'broadcastIp' }, 'Set_Option broadcastIP 1'],
    [{ name: 'powerOn' }, 'OS_PowerOn'],
    [{ name: 'suspend' }, 'OS_Suspend'],
    [{ name: 'suspend', text: 'quiet' }, 'OS_Suspend'],
    [{ name: 'resume' }, 'OS_Resume'],
    [{ name: 'halt' }, 'OS_Halt'],
    [{ name: 'reboot' }, 'OS_Reboot'],
    [{ name: 'backup' }, 'vmbackup.start 1'],
  ])('%j posts %j', (event, message) => {
    const { guest, handle } = idle();
    guest.host.event(event);
    expect(guest.drain(handle)).toEqual([message]);
  });

  test('reset: the session starts over on the same channel', () => {
    const { guest, handle } = idle();
    guest.host.event({ name: 'reset' });
    expect(guest.drain(handle)).toEqual(['reset', ...STEPS]);
  });

  test('without a channel they wait for the next greeting, in their order', () => {
    const guest = new Guest({ options: { session: 'resetOnly' } });
    guest.host.event({ name: 'tclo.send', text: 'one' });
    guest.host.event({ name: 'tclo.send', text: 'two' });
    expect(guest.drain(guest.greet())).toEqual(['one', 'two']);
  });

  test('what was posted and never fetched comes again on the next channel, what was fetched does not', () => {
    const { guest, handle } = idle({ options: { session: 'resetOnly' } });
    for (const message of ['one', 'two', 'three']) guest.host.event({ name: 'tclo.send', text: message });
    expect(text(guest.receive(handle) ?? bytes(''))).toBe('one');
    guest.low(g.CLOSE, handle);
    expect(guest.drain(guest.greet())).toEqual(['two', 'three']);
  });

  test('at most 64 wait', () => {
    const guest = new Guest({ options: { session: 'resetOnly' } });
    for (let count = 0; count < 100; count += 1) guest.host.event({ name: 'tclo.send', text: `${count}` });
    expect(guest.drain(guest.greet())).toHaveLength(64);
  });
});

describe('the others', () => {
  test('migrate: a checkpoint, and 2 s later a reset without OS_Resume', () => {
    const { guest, handle } = idle();
    const rpci = guest.open(g.RPCI);
    guest.low(g.SENDSIZE, rpci, 5);
    guest.host.event({ name: 'migrate' });
    expect(guest.highOut(rpci, bytes('log x')).ebx).toBe(0x100000);
    expect(guest.drain(handle)).toEqual([]);
    guest.now = 2 * g.SECOND;
    expect(guest.drain(handle)).toEqual(['reset', ...STEPS]);
  });

  test('tclo.glitch: the next send is refused whatever it is, then "reset" is up', () => {
    for (const size of [0, 3]) {
      const { guest, handle } = idle();
      guest.host.event({ name: 'tclo.glitch' });
      expect(guest.low(g.SENDSIZE, handle, size).ecx).toBe(0);
      expect(guest.drain(handle)).toEqual(['reset', ...STEPS]);
    }
  });

  test('host.reinit: every TCLO channel breaks, RPCI does not', () => {
    const { guest, handle } = idle();
    const dnd = guest.greet('toolbox-dnd');
    const rpci = guest.open(g.RPCI);
    guest.host.event({ name: 'host.reinit' });
    expect([handle, dnd, rpci].map((channel) => guest.low(g.RECVSIZE, channel).ecx)).toEqual([0, 0, 0x810000]);
    expect(guest.log.slice(-2)).toEqual([
      'GuestRpc: Reinitializing Channel 0(toolbox)',
      'GuestRpc: Reinitializing Channel 1(toolbox-dnd)',
    ]);
  });

  test.each<HostEventName>(['tclo.break', 'tclo.glitch', 'reset'])('%s without a channel is logged', (name) => {
    const guest = new Guest();
    guest.host.event({ name });
    expect(guest.hostEvents.map(({ text: line }) => line)).toEqual([
      name,
      `${name}: no target, or already in progress`,
    ]);
  });
});

describe('misuse', () => {
  test.each<[unknown, string]>([
    [{ name: 'explode' }, 'event.name'],
    [{ name: 'toString' }, 'event.name'],
    [{ name: 'tclo.send' }, 'event.text'],
    [{ name: 'reset', text: 'now' }, 'event.text'],
    [{ name: 'suspend', text: 'loudly' }, 'event.text'],
  ])('%j', (event, code) => {
    expect(() => checkHostAction(event as HostAction)).toThrow(expect.objectContaining({ code }));
    expect(() => new Guest().host.event(event as HostAction)).toThrow(expect.objectContaining({ code }));
  });

  test('every event of the table says what it does', () => {
    for (const row of Object.values(HOST_EVENTS)) expect(row.meaning).not.toBe('');
  });
});

describe('time', () => {
  test('what was due is done as at its own time, however late', () => {
    const { guest } = idle();
    guest.now = 200 * g.SECOND;
    guest.host.advance();
    const late = guest.hostEvents.filter(({ at }) => at > 0).map(({ at, kind }) => [at / g.SECOND, kind]);
    expect(late).toEqual([
      [15, 'post'],
      [75, 'log'],
      [75, 'broken'],
    ]);
    expect(guest.host.nextDeadline()).toBeNull();
  });

  test('calls do what is due by themselves', () => {
    const { guest, handle } = idle();
    expect(guest.host.nextDeadline()).toBe(15 * g.SECOND);
    guest.now = 15 * g.SECOND;
    expect(guest.drain(handle)).toEqual(['ping']);
  });
});
