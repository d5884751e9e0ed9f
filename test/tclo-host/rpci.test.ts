import { describe, expect, test } from 'vitest';
import { RPCI_COMMANDS, STORE_LIMIT } from '../../src/tclo-host/index.ts';
import { bytes, Guest } from './guest.ts';

describe('the vocabulary', () => {
  test.each([
    ['log hello', '1 '],
    ['log', '1 '],
    ['info-get guestinfo.none', '0 No value found'],
    ['info-get', '0 No value found'],
    ['info-set guestinfo.x y', '1 '],
    ['info-set guestinfo.x', '0 Two and exactly two arguments expected'],
    ['info-set', '0 Two and exactly two arguments expected'],
    ['info-set  x', '0 Two and exactly two arguments expected'],
    ['info-set bios.uuid 1', '0 Permission denied'],
    [`info-set guestinfo.${'k'.repeat(200)} 1`, '0 Key is too long'],
    ['SetGuestInfo  1 host', '1 '],
    ['SetGuestInfo  11 x', '1 '],
    ['SetGuestInfo  0 host', '0 Unknown guest info'],
    ['SetGuestInfo  12 host', '0 Unknown guest info'],
    ['SetGuestInfo  7x', '0 Unknown guest info'],
    ['SetGuestInfo', '0 Unknown guest info'],
    ['tools.capability.hgfs_server toolbox 1', '1 '],
    ['tools.capability.statechange ', '1 '],
    ['tools.set.version 2147483647', '1 '],
    ['tools.os.statechange.status 1 3', '1 '],
    ['vmx.capability.unified_loop toolbox', '1 '],
    ['vmx.capability.dnd_version', '0 Unknown command'],
    ['vmx.capability.copypaste_version', '0 Unknown command'],
    ['vmx.capability.tools_is_upgradable', '0 Unknown command'],
    ['machine.id.get', '0 No machine id'],
    ['vmbackup.eventSet reset 0 ', '1 '],
    ['unity.something', '0 Unknown command'],
    ['toolsx', '0 Unknown command'],
    ['tools', '0 Unknown command'],
    [' ', '0 Unknown command'],
  ])('%j -> %j', (request, answer) => {
    expect(new Guest().rpci(request)).toBe(answer);
  });

  test('machine.id.get answers the machine’s own', () => {
    expect(new Guest({ identity: { machineId: 'blue' } }).rpci('machine.id.get')).toBe('1 blue');
  });

  test('has each command once', () => {
    expect(new Set(RPCI_COMMANDS.map(({ command }) => command)).size).toBe(RPCI_COMMANDS.length);
  });

  test.each(['log x', 'log x ', 'log x\0', 'log x \0', 'log x\0rubbish\0\0'])('%j is log x', (request) => {
    const guest = new Guest();
    let seen = '';
    guest.host.rpci.handle('log', ({ text }) => {
      seen = text;
      return '1 ';
    });
    expect(guest.rpci(request)).toBe('1 ');
    expect(seen).toBe('log x');
  });

  test('a log line reaches the host’s log', () => {
    const guest = new Guest();
    guest.rpci('log toolbox: Version: 1');
    expect(guest.log).toContain('Guest: toolbox: Version: 1');
  });
});

describe('the guest-info store', () => {
  test.each([
    ['y', 'y'],
    ['two words', 'two words'],
    ['trailing blanks  ', 'trailing blanks'],
    ['cut\0here', 'cut'],
    ['', ''],
    ['größer', 'größer'],
  ])('%j is read back as %j', (value, expected) => {
    const guest = new Guest();
    expect(guest.rpci(`info-set guestinfo.key ${value}`)).toBe('1 ');
    expect(guest.rpci('info-get guestinfo.key\0')).toBe(`1 ${expected}`);
  });

  test('bytes that are no text come back as they were', () => {
    const guest = new Guest();
    const value = Uint8Array.of(0xff, 0xfe, 0x80, 0x20, 0xc3);
    guest.rpci(Uint8Array.of(...bytes('info-set guestinfo.raw '), ...value));
    expect(guest.host.rpci.store.get('guestinfo.raw')).toEqual(value);
    const handle = guest.open(0x49435052);
    guest.send(handle, bytes('info-get guestinfo.raw'));
    expect(guest.receive(handle)).toEqual(Uint8Array.of(0x31, 0x20, ...value));
  });

  test('a whole NUL-padded buffer is one command', () => {
    const guest = new Guest();
    const padded = new Uint8Array(4096);
    padded.set(bytes('info-set guestinfo.kv value'));
    expect(guest.rpci(padded)).toBe('1 ');
    expect(guest.rpci('info-get guestinfo.kv')).toBe('1 value');
  });

  test('holds 1 MiB, and refuses what does not fit', () => {
    const guest = new Guest();
    const value = 'v'.repeat(60_000);
    const answers = Array.from({ length: 20 }, (_, index) => guest.rpci(`info-set guestinfo.${index} ${value}`));
    expect(answers.filter((answer) => answer === '1 ').length).toBe(Math.floor(STORE_LIMIT / 60_012));
    expect(answers.at(-1)).toMatch(/^0 /);
    expect(guest.rpci('info-get guestinfo.19')).toBe('0 No value found');
    expect(guest.rpci('info-set guestinfo.0 short')).toBe('1 ');
    expect(guest.rpci('info-get guestinfo.0')).toBe('1 short');
    expect(guest.rpci(`info-set guestinfo.19 ${value}`)).toBe('1 ');
  });
});

describe('SetGuestInfo', () => {
  test('text is cut at NUL, binary data is not', () => {
    const guest = new Guest();
    guest.rpci('SetGuestInfo  1 puffy\0rubbish');
    guest.rpci(Uint8Array.of(...bytes('SetGuestInfo  8 '), 0, 0, 0, 3, 0, 0x20, 0));
    expect(guest.host.rpci.guestInfo.get(1)).toEqual(bytes('puffy'));
    expect(guest.host.rpci.guestInfo.get(8)).toEqual(Uint8Array.of(0, 0, 0, 3, 0, 0x20, 0));
  });
});

describe('handlers of users', () => {
  test('get the request taken apart, and win over the built-in ones', () => {
    const guest = new Guest();
    guest.host.rpci.handle(
      'my.command',
      ({ name, argument, text, bytes: all }) => `1 ${name}|${argument}|${text}|${all.length}`,
    );
    expect(guest.rpci('my.command a  b \0\0')).toBe('1 my.command|a  b |my.command a  b|18');
    guest.host.rpci.handle('log', () => '0 no');
    expect(guest.rpci('log x')).toBe('0 no');
  });

  test('a family takes what has no handler of its own; the longest name wins', () => {
    const guest = new Guest();
    guest.host.rpci.handle('a.*', () => '1 a');
    guest.host.rpci.handle('a.b.*', () => '1 ab');
    guest.host.rpci.handle('a.b.c', () => '1 abc');
    guest.host.rpci.handle('*', () => '1 any');
    const requests = ['a.x', 'a.b.x', 'a.b.c', 'a.b.c.d', 'b', 'a'];
    expect(requests.map((request) => guest.rpci(request))).toEqual(['1 a', '1 ab', '1 abc', '1 ab', '1 any', '1 any']);
  });

  test('an empty answer posts no message', () => {
    const guest = new Guest();
    guest.host.rpci.handle('quiet', () => '');
    expect(guest.rpci('quiet')).toBeNull();
  });

  test('a handler that throws is an error with its cause', () => {
    const guest = new Guest();
    guest.host.rpci.handle('bad', () => {
      throw new Error('boom');
    });
    expect(() => guest.rpci('bad')).toThrow(
      expect.objectContaining({ code: 'rpci.handler', cause: new Error('boom') }),
    );
  });

  test.each(['', 'two words', 'a*', '*.a'])('%j is no command', (command) => {
    expect(() => new Guest().host.rpci.handle(command, () => '1 ')).toThrow(/not an RPCI command/);
  });
});

test('the report lists requests as they were sent, and stays bounded', () => {
  const guest = new Guest();
  guest.rpci('tools.capability.statechange ');
  expect(guest.host.report.rpciCommands).toEqual(['tools.capability.statechange ']);
  const handle = guest.open(0x49435052);
  for (let count = 0; count < 20_000; count += 1) guest.send(handle, bytes(`log ${count}`));
  expect(guest.host.report.rpciCommands.length).toBeLessThanOrEqual(8192);
  expect(guest.host.report.rpciCommands.at(-1)).toBe('log 19999');
  guest.send(handle, bytes(`log ${'x'.repeat(60_000)}`));
  expect(guest.host.report.rpciCommands.at(-1)?.length).toBe(4096);
});

test('answers end with a counted NUL where the option says so', () => {
  expect(new Guest({ options: { messageNul: true } }).rpci('log x')).toBe('1 \0');
});
