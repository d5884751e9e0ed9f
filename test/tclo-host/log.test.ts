import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import { HOST_CHANNEL, type HostEvent, LOG_LIMIT, VmwareHost } from '../../src/tclo-host/index.ts';
import { Frame } from './frame.ts';
import { CLOSE, Guest, MAGIC, RECVPAYLOAD, RPCI, SECOND, SENDPAYLOAD, SENDSIZE } from './guest.ts';

const said = (guest: Guest): string[] => guest.host.log.map((line) => line.replace(/^.*I005: /, ''));

describe('host.log reads like vmware.log', () => {
  test('with a time stamp of the virtual clock', () => {
    const guest = new Guest({ identity: { epochSeconds: 1_706_140_800 } });
    guest.now = 5 * SECOND + 40_000_000;
    guest.low(SENDPAYLOAD, guest.open(RPCI), 1);
    expect(guest.host.log).toEqual([
      '2024-01-25T00:00:05.040Z| vcpu-0| I005: GuestMsg: Channel 0, Protocol error, state: 0',
    ]);
  });

  test.each<[string, (guest: Guest) => void, string]>([
    [
      'a step out of order',
      (g) => g.low(RECVPAYLOAD, g.open(RPCI), 1),
      'GuestMsg: Channel 0, Protocol error, state: 0',
    ],
    [
      'a wrong cookie',
      (g) => g.low(CLOSE, { ...g.open(RPCI), low: 1 }),
      'GuestMsg: channel 0: wrong cookie, discarding message.',
    ],
    ['a greeting', (g) => g.greet(), 'GuestRpc: application toolbox, changing channel 65535 -> 0'],
    ['a greeting, the channel', (g) => g.greet(), 'GuestRpc: Channel 0, guest application toolbox.'],
    [
      'silence',
      (g) => {
        g.greet();
        g.now += 100 * SECOND;
        g.host.advance();
      },
      'GuestRpcSendTimedOut: message to toolbox timed out.',
    ],
    [
      'a session that starts anew',
      (g) => {
        g.greet('toolbox-dnd');
        g.host.event({ name: 'host.reinit' });
      },
      'GuestRpc: Reinitializing Channel 0(toolbox-dnd)',
    ],
    ['what the guest logs, its control characters masked', (g) => g.rpci('log a\x1b[2Jb'), 'Guest: a.[2Jb'],
    [
      'too long a message',
      (g) => g.low(SENDSIZE, g.open(RPCI), 65537),
      'GuestMsg: Channel 0, message of 65537 bytes is too long',
    ],
  ])('%s', (_name, act, line) => {
    const guest = new Guest();
    act(guest);
    expect(said(guest)).toContain(line);
  });

  test('keeps the newest lines, and each in bounds', () => {
    const guest = new Guest();
    const handle = guest.open(RPCI);
    for (let line = 0; line < 3 * LOG_LIMIT; line += 1) guest.low(SENDPAYLOAD, handle, 1);
    guest.rpci(`log ${'x'.repeat(60_000)}`);
    expect(said(guest).length).toBeLessThanOrEqual(2 * LOG_LIMIT);
    expect(said(guest).at(-1)?.length).toBe(4096);
  });
});

describe('node:diagnostics_channel', () => {
  const heard: HostEvent[] = [];
  const listen = (message: unknown): void => {
    heard.push(message as HostEvent);
  };
  afterEach(() => {
    unsubscribe(HOST_CHANNEL, listen);
    heard.length = 0;
  });

  test('hears of every host whatever listens to the host itself', () => {
    subscribe(HOST_CHANNEL, listen);
    const guest = new Guest();
    guest.rpci('log hello');
    new VmwareHost().event({ name: 'ping' });
    expect(heard.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'open rpci channel 0 opened',
      'rpci log hello',
      'log Guest: hello',
      'fetched log hello',
      'close rpci channel 0 closed',
      'event ping',
    ]);
    expect(heard.slice(0, 5)).toEqual(guest.hostEvents);
  });

  test('nobody listens: nothing is made', () => {
    const guest = new Guest();
    guest.rpci('log hello');
    expect([heard, channel(HOST_CHANNEL).hasSubscribers]).toEqual([[], false]);
  });
});

test('what is not logged needs no listener', () => {
  const host = new VmwareHost();
  const frame = Frame.of({ eax: MAGIC, ebx: RPCI, ecx: 0x1e, edx: 0x5658 });
  host.call(frame);
  expect([frame.ecx, host.log]).toEqual([0x10000, []]);
});
