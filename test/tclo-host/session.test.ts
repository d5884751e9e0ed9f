import { describe, expect, test } from 'vitest';
import * as g from './guest.ts';

const { Guest, bytes, text } = g;
const MS = 1_000_000;

/** Fetches one message without answering it. */
const fetch = (guest: g.Guest, handle: g.Handle): string | null => {
  const data = guest.receive(handle);
  return data === null ? null : text(data);
};

describe('the whole session', () => {
  test('waits for the first empty send, then speaks in its order, one message at a time', () => {
    const guest = new Guest();
    const handle = guest.open(g.TCLO);
    expect(fetch(guest, handle)).toBeNull();
    guest.send(handle, bytes(''));
    for (const [message, answer] of [
      ['reset', 'OK ATR toolbox'],
      ['Capabilities_Register', 'OK '],
      ['Set_Option broadcastIP 1', 'ERROR Unable to find guest IP address'],
      ['OS_PowerOn', 'OK '],
    ] as const) {
      expect(fetch(guest, handle)).toBe(message);
      guest.send(handle, bytes(''));
      expect(fetch(guest, handle)).toBeNull();
      guest.send(handle, bytes(answer));
    }
    expect(fetch(guest, handle)).toBeNull();
  });

  test('pings 15 s after the last answer, again and again', () => {
    const guest = new Guest();
    const handle = guest.greet();
    guest.drain(handle);
    for (let ping = 0; ping < 3; ping += 1) {
      guest.now += 15 * g.SECOND - 1;
      expect(fetch(guest, handle)).toBeNull();
      guest.now += 1;
      expect(fetch(guest, handle)).toBe('ping');
      guest.send(handle, bytes('OK '));
    }
  });

  test('OS_PowerOn comes once a power-on, the rest with every greeting', () => {
    const guest = new Guest();
    const first = guest.greet();
    expect(guest.drain(first)).toContain('OS_PowerOn');
    guest.low(g.CLOSE, first);
    expect(guest.drain(guest.greet())).toEqual(['Capabilities_Register', 'Set_Option broadcastIP 1']);
  });

  test('Set_Option: the machine’s options come at the start, and an ERROR to them harms nothing', () => {
    const guest = new Guest({ identity: { toolsOptions: ['synctime 0', 'copypaste 1'] } });
    const handle = guest.greet();
    const heard: string[] = [];
    for (let message = guest.receive(handle); message !== null; message = guest.receive(handle)) {
      heard.push(text(message));
      guest.send(handle, bytes('ERROR Unknown command'));
    }
    expect(heard).toEqual([
      'Capabilities_Register',
      'Set_Option synctime 0',
      'Set_Option copypaste 1',
      'Set_Option broadcastIP 1',
      'OS_PowerOn',
    ]);
  });

  test('another application hears of its capabilities only', () => {
    const guest = new Guest();
    expect(guest.drain(guest.greet('toolbox-dnd'))).toEqual(['Capabilities_Register']);
  });

  test('resetOnly: one reset on each channel, and silence', () => {
    const guest = new Guest({ options: { session: 'resetOnly' } });
    const handle = guest.greet();
    guest.now += 1000 * g.SECOND;
    expect(guest.drain(handle)).toEqual([]);
    expect(guest.host.nextDeadline()).toBeNull();
    guest.low(g.CLOSE, handle);
    expect(guest.drain(guest.greet())).toEqual([]);
  });

  test('firstPost=atOpen: the reset is up at once', () => {
    const guest = new Guest({ options: { firstPost: 'atOpen' } });
    expect(fetch(guest, guest.open(g.TCLO))).toBe('reset');
  });

  test('the log names the application as VMware does', () => {
    const guest = new Guest();
    guest.greet();
    expect(guest.log).toEqual([
      'GuestRpc: application toolbox, changing channel 65535 -> 0',
      'GuestRpc: Channel 0, guest application toolbox.',
    ]);
  });

  test('the newest channel of an application wins, the older one breaks', () => {
    const guest = new Guest();
    const old = guest.greet();
    const dnd = guest.greet('toolbox-dnd');
    const newer = guest.greet();
    expect(guest.log).toContain('GuestRpc: application toolbox, changing channel 0 -> 2');
    expect(guest.low(g.RECVSIZE, old).ecx).toBe(0);
    expect(guest.drain(dnd)).toEqual(['Capabilities_Register']);
    guest.host.event({ name: 'tclo.send', text: 'hello' });
    expect(guest.drain(newer)).toContain('hello');
  });

  test('a reset that the guest throws away comes again', () => {
    const guest = new Guest();
    const handle = guest.open(g.TCLO);
    guest.send(handle, bytes(''));
    guest.low(g.RECVSIZE, handle);
    guest.low(g.RECVSTATUS, handle, 0);
    expect(fetch(guest, handle)).toBeNull();
    guest.send(handle, bytes(''));
    expect(fetch(guest, handle)).toBe('reset');
  });

  test('rpciUntilReset=refuse: no RPCI channel before the reset was answered', () => {
    const guest = new Guest({ options: { rpciUntilReset: 'refuse' } });
    expect(guest.low(g.OPEN, null, g.RPCI).ecx).toBe(0);
    const handle = guest.greet();
    guest.drain(handle);
    expect(guest.rpci('log x')).toBe('1 ');
    guest.host.event({ name: 'reset' });
    expect(guest.low(g.OPEN, null, g.RPCI).ecx).toBe(0);
    guest.drain(handle);
    expect(guest.rpci('log x')).toBe('1 ');
  });
});

describe('answers', () => {
  test.each([
    ['OK ', true],
    ['OK whatever', true],
    ['ERROR Unknown command', true],
    ['ERROR Unable to find guest IP address', true],
    ['OK', false],
    ['ok ', false],
    ['ERROR', false],
    ['rubbish', false],
    ['\0OK ', false],
  ])('%j keeps the session: %s', (answer, kept) => {
    const guest = new Guest();
    const handle = guest.greet();
    expect(fetch(guest, handle)).toBe('Capabilities_Register');
    guest.send(handle, bytes(answer));
    guest.now += 100 * MS;
    expect(guest.low(g.SENDSIZE, handle, 0).ecx).toBe(kept ? 0x810000 : 0);
    expect(guest.host.report.tcloReplies.at(-1)).toBe(answer.split('\0')[0]);
  });

  test('a rejected answer breaks the channel 100 ms later; until then nothing is posted', () => {
    const guest = new Guest({ options: { addressError: 'break' } });
    const handle = guest.greet();
    fetch(guest, handle);
    guest.send(handle, bytes('OK '));
    expect(fetch(guest, handle)).toBe('Set_Option broadcastIP 1');
    guest.send(handle, bytes('ERROR Unable to find guest IP address'));
    expect(guest.host.nextDeadline()).toBe(100 * MS);
    guest.now = 100 * MS - 1;
    expect(fetch(guest, handle)).toBeNull();
    guest.now = 100 * MS;
    expect(guest.low(g.SENDSIZE, handle, 0).ecx).toBe(0);
  });

  test('none within 60 s of the post: the log says so and the channel breaks', () => {
    const guest = new Guest();
    const handle = guest.greet();
    guest.now = 60 * g.SECOND - 1;
    expect(fetch(guest, handle)).toBe('Capabilities_Register');
    guest.now = 60 * g.SECOND;
    expect(guest.low(g.RECVSIZE, handle).ecx).toBe(0);
    expect(guest.log.at(-1)).toBe('GuestRpcSendTimedOut: message to toolbox timed out.');
    expect(guest.low(g.CLOSE, handle).ecx).toBe(0x10000);
  });

  test('a broken channel refuses all but CLOSE, wherever it stood', () => {
    const guest = new Guest();
    const handle = guest.greet();
    guest.host.event({ name: 'tclo.break' });
    for (const sub of [g.SENDSIZE, g.SENDPAYLOAD, g.RECVSIZE, g.RECVPAYLOAD, g.RECVSTATUS]) {
      const frame = guest.low(sub, handle, 1);
      expect([frame.rax, frame.rcx]).toEqual([0n, 0n]);
    }
    expect(guest.highOut(handle, bytes('x')).rbx).toBe(0n);
    expect(guest.highIn(handle, 1)[0].rbx).toBe(0n);
    expect(guest.low(g.CLOSE, { ...handle, low: 1 }).ecx).toBe(0);
    expect(guest.low(g.CLOSE, handle).rcx).toBe(0x10000n);
    expect(guest.host.report.channelsOpen).toBe(0);
  });

  test('closeBroken=refuse: it stays for ever', () => {
    const guest = new Guest({ options: { closeBroken: 'refuse' } });
    const handle = guest.greet();
    guest.host.event({ name: 'tclo.break' });
    const frame = guest.low(g.CLOSE, handle);
    expect([frame.rax, frame.rcx]).toEqual([0n, 0n]);
    expect(guest.host.report.channelsOpen).toBe(1);
  });
});

describe('a message that answers nothing', () => {
  /** Opens TCLO and greets unasked; the words of the send, of an empty send after it and of RECVSIZE. */
  function greetUnasked(options: ConstructorParameters<typeof Guest>[0]): number[] {
    const guest = new Guest(options);
    const handle = guest.open(g.TCLO);
    guest.low(g.SENDSIZE, handle, 14);
    const sent = guest.highOut(handle, bytes('OK ATR toolbox')).ebx;
    return [sent, guest.low(g.SENDSIZE, handle, 0).ecx, guest.low(g.RECVSIZE, handle).ecx];
  }

  test.each([
    ['break', [0x10000, 0, 0]],
    ['glitch', [0x10000, 0, 0x830000]],
    ['accept', [0x10000, 0x810000, 0x830000]],
  ] as const)('unsolicitedReply=%s', (unsolicitedReply, words) => {
    expect(greetUnasked({ options: { unsolicitedReply } })).toEqual(words);
  });

  test('glitch: one empty send is refused, then "reset" is up and all is well', () => {
    const guest = new Guest({ options: { unsolicitedReply: 'glitch' } });
    const handle = guest.greet();
    guest.drain(handle);
    guest.send(handle, bytes('OK '));
    expect(guest.low(g.SENDSIZE, handle, 0).ecx).toBe(0);
    guest.send(handle, bytes(''));
    expect(guest.drain(handle)).toContain('reset');
  });

  test.each([
    ['carry', 0x810000],
    ['drop', 0],
  ] as const)(
    'resetAcrossReopen=%s: a greeting on the next channel answers a fetched reset, or does not',
    (resetAcrossReopen, word) => {
      const guest = new Guest({ options: { resetAcrossReopen } });
      const first = guest.open(g.TCLO);
      guest.send(first, bytes(''));
      expect(fetch(guest, first)).toBe('reset');
      guest.low(g.CLOSE, first);
      const second = guest.open(g.TCLO);
      guest.send(second, bytes('OK ATR toolbox'));
      expect(guest.low(g.SENDSIZE, second, 0).ecx).toBe(word);
      if (resetAcrossReopen === 'carry') expect(fetch(guest, second)).toBe('Capabilities_Register');
    },
  );

  test('a reset is carried for one greeting only', () => {
    const guest = new Guest();
    const first = guest.open(g.TCLO);
    guest.send(first, bytes(''));
    fetch(guest, first);
    guest.low(g.CLOSE, first);
    for (const word of [0x810000, 0]) {
      const next = guest.open(g.TCLO);
      guest.send(next, bytes('OK ATR toolbox'));
      expect(guest.low(g.SENDSIZE, next, 0).ecx).toBe(word);
      guest.low(g.CLOSE, next);
    }
  });
});
