import { describe, expect, it } from 'vitest';
import { BDOOR_MAGIC, BDOORHB_PORT, RPCI_PROTOCOL_NUM } from '../../src/protocol/index.ts';
import { headerLines } from '../../src/trace/index.ts';
import { conversation, read, TracedGuest } from './support.ts';

const reported = (guest: TracedGuest): string[] => conversation(guest.bytes);
/** Without their times. */
const texts = (guest: TracedGuest): string[] => reported(guest).map((line) => line.slice(12));

describe('a conversation', () => {
  it('shows a request and its answer, whole and in order', () => {
    const guest = new TracedGuest();
    const channel = guest.open('rpci');
    guest.send(channel, 'info-set guestinfo.ip 10.0.0.5');
    guest.receive(channel);
    guest.ns = 4_999_995_000;
    guest.send(channel, 'info-get guestinfo.ip');
    guest.receive(channel);
    guest.step('close', channel);
    guest.writer.end('completed');
    expect(reported(guest)).toEqual([
      '  0.000001s  RPCI #0 open',
      '  0.000003s  RPCI #0 > "info-set guestinfo.ip 10.0.0.5"',
      '  0.000005s  RPCI #0 < "1 "',
      '  4.999997s  RPCI #0 > "info-get guestinfo.ip"',
      '  4.999999s  RPCI #0 < "1 10.0.0.5"',
      '  5.000001s  RPCI #0 close',
      'end: completed, 12 records',
    ]);
  });

  it('collapses idle polls, with their count and time span', () => {
    const guest = new TracedGuest();
    const channel = guest.open('tclo');
    guest.send(channel, '');
    guest.receive(channel);
    guest.send(channel, 'OK ATR toolbox');
    // What a fresh session posts is fetched and answered first.
    for (let i = 0; i < 3; i += 1) {
      guest.receive(channel);
      guest.send(channel, 'OK ');
    }
    for (let i = 1; i <= 14; i += 1) {
      guest.ns = i * 1_000_000_000;
      guest.send(channel, '');
      guest.receive(channel);
    }
    guest.ns = 20_000_000_000;
    guest.send(channel, '');
    guest.receive(channel);
    guest.send(channel, 'OK ');
    expect(reported(guest)).toEqual([
      '  0.000001s  TCLO #0 open',
      '  0.000002s  TCLO #0 > empty',
      '  0.000004s  TCLO #0 < "reset"',
      '  0.000007s  TCLO #0 > "OK ATR toolbox"',
      '  0.000009s  TCLO #0 < "Capabilities_Register"',
      '  0.000012s  TCLO #0 > "OK "',
      '  0.000014s  TCLO #0 < "Set_Option broadcastIP 1"',
      '  0.000017s  TCLO #0 > "OK "',
      '  0.000019s  TCLO #0 < "OS_PowerOn"',
      '  0.000022s  TCLO #0 > "OK "',
      '  1.000001s  TCLO #0 idle: 15 empty sends, 14 polls without a message, until 20.000001s',
      ' 20.000003s  TCLO #0 < "ping"',
      ' 20.000006s  TCLO #0 > "OK "',
    ]);
  });

  it('puts low-bandwidth messages together from their four-byte pieces', () => {
    const guest = new TracedGuest();
    const channel = guest.open('rpci');
    guest.step('sendsize', channel, 6);
    guest.step('send', channel, 0x20676f6c);
    guest.step('send', channel, 0x00006968);
    guest.step('recvsize', channel);
    guest.step('receive', channel, 1);
    guest.step('status', channel, 1);
    expect(reported(guest).slice(1)).toEqual(['  0.000004s  RPCI #0 > "log hi"', '  0.000006s  RPCI #0 < "1 "']);
  });

  it('tells refusals with the registers that say so', () => {
    const guest = new TracedGuest();
    const channel = guest.open('tclo');
    guest.host.event({ name: 'tclo.break' });
    guest.step('sendsize', channel);
    guest.step('recvsize', channel);
    guest.highOut(channel, Uint8Array.of(0x4f, 0x4b, 0x20));
    guest.highIn(channel, 4);
    guest.step('close', channel);
    guest.step('close', channel);
    guest.step('status', 9, 1);
    guest.step('open', 0, 0x12345678);
    expect(texts(guest).slice(1)).toEqual([
      ' TCLO #0 sendsize refused: eax=0 ecx=0',
      ' TCLO #0 recvsize refused: eax=0 ecx=0',
      ' TCLO #0 send refused: ebx=0 "OK "',
      ' TCLO #0 receive refused: ebx=0',
      ' TCLO #0 close',
      ' TCLO #0 close refused: eax=0 ecx=0',
      ' channel #9 status refused: eax=0 ecx=0',
      ' protocol 0x12345678 open refused: eax=0 ecx=0',
    ]);
  });

  it('tells faults and what they did', () => {
    const guest = new TracedGuest();
    const channel = guest.open('rpci');
    guest.step('sendsize', channel, 5);
    guest.fault = { kind: 'checkpoint' };
    guest.highOut(channel, new TextEncoder().encode('log a'));
    guest.send(channel, 'log a');
    guest.fault = { kind: 'wrongLength', by: 3 };
    guest.step('recvsize', channel);
    guest.highIn(channel, 5);
    guest.fault = { kind: 'timeout' };
    guest.step('status', channel, 1);
    guest.fault = { kind: 'refuse' };
    guest.open('rpci');
    expect(texts(guest).slice(1)).toEqual([
      ' RPCI #0 send: fault checkpoint',
      ' RPCI #0 send checkpoint: ebx=0x100000 "log a"',
      ' RPCI #0 > "log a"',
      ' RPCI #0 recvsize: fault wrongLength by=3',
      ' RPCI #0 < "1 " (2 of 5 bytes)',
      ' RPCI #0 status: fault timeout',
      ' RPCI #0 status timeout: eax=0 ecx=0x400000',
      ' RPCI open: fault refuse',
      ' RPCI open refused: eax=0 ecx=0',
    ]);
  });

  it('tells what was begun and given up', () => {
    const guest = new TracedGuest();
    const channel = guest.open('rpci');
    guest.step('sendsize', channel, 9);
    guest.step('send', channel, 0x20676f6c);
    guest.send(channel, 'log x');
    guest.step('recvsize', channel);
    guest.step('recvsize', channel);
    guest.step('status', channel, 1);
    guest.send(channel, 'log y');
    guest.step('recvsize', channel);
    guest.step('status', channel, 0);
    guest.step('sendsize', channel, 3);
    guest.step('close', channel);
    expect(texts(guest).slice(1)).toEqual([
      ' RPCI #0 > "log " (given up: 4 of 9 bytes sent)',
      ' RPCI #0 > "log x"',
      ' RPCI #0 < (given up: 0 of 2 bytes fetched)',
      ' RPCI #0 < 2 bytes, acknowledged unread',
      ' RPCI #0 > "log y"',
      ' RPCI #0 < 2 bytes, acknowledged unread',
      ' RPCI #0 status: the guest failed',
      ' RPCI #0 > (given up: 0 of 3 bytes sent)',
      ' RPCI #0 close',
    ]);
  });

  it('shows a transfer in two pieces, as a page fault makes them, once', () => {
    const guest = new TracedGuest();
    const channel = guest.open('rpci');
    guest.step('sendsize', channel, 8);
    guest.highOut(channel, new TextEncoder().encode('log'));
    guest.highOut(channel, new TextEncoder().encode(' abcd'));
    guest.step('recvsize', channel);
    guest.highIn(channel, 1);
    guest.highIn(channel, 1);
    expect(texts(guest).slice(1)).toEqual([' RPCI #0 > "log abcd"', ' RPCI #0 < "1 "']);
  });

  it('tells channels without cookies', () => {
    const guest = new TracedGuest();
    guest.step('open', 0, RPCI_PROTOCOL_NUM);
    expect(texts(guest)).toEqual([' RPCI #0 open without cookies']);
  });

  it('names commands and shows what they return', () => {
    const guest = new TracedGuest();
    guest.access({ registers: { eax: BDOOR_MAGIC, ebx: 1, ecx: 0xffff000a } });
    guest.access({ registers: { eax: BDOOR_MAGIC, ecx: 0x7777 } });
    guest.access({ registers: { eax: BDOOR_MAGIC, ecx: 0x0009001e } });
    expect(texts(guest)).toEqual([
      ' GETVERSION: eax=0x6 ebx=0x564d5868 ecx=0x4',
      ' command 0x7777: eax=0xffffffff',
      ' MESSAGE sub command 9: eax=0 ebx=0 ecx=0 edx=0 esi=0 edi=0',
    ]);
  });

  it('shows accesses that are no backdoor calls', () => {
    const guest = new TracedGuest();
    guest.access({ registers: { eax: 1, ebx: 2 } });
    guest.access({ port: BDOORHB_PORT, registers: { eax: BDOOR_MAGIC } });
    guest.access({ port: 0x3f8, width: 1, direction: 'out', registers: { eax: 0x1241 } });
    guest.access({ port: 0x60, width: 2 });
    guest.access({ port: 0x1f0, width: 2, string: true, count: 2, data: new Uint8Array(0) });
    expect(texts(guest)).toEqual([
      ' port 0x5658 in 0xffffffff: no backdoor call: the magic is not in eax (eax=0x1 ebx=0x2)',
      ' port 0x5659 in 0xffffffff: no backdoor call: 0x5658 takes IN and OUT, 0x5659 INS and OUTS (eax=0x564d5868 ebx=0)',
      ' port 0x3f8 out 0x41',
      ' port 0x60 in 0xffff',
      ' port 0x1f0 ins 2 x 2: ff ff ff ff (4 bytes)',
    ]);
  });

  it('has events, console lines and findings at their times, harmless to a terminal', () => {
    const guest = new TracedGuest();
    guest.writer.event(5_000_000_000, 'tclo.send', 'ping \x1b[2J');
    guest.writer.event(5_000_000_000, 'checkpoint');
    guest.writer.console(5_000_001_999, 'vmt0: resetting rpc \x1b]0;x\x07 \u202e');
    guest.writer.finding(60_000_000_000, {
      kind: 'invariant',
      invariant: 'recovers',
      title: 'never\nrecovers',
      stack: [],
    });
    guest.writer.finding(60_000_000_000, { kind: 'hang' });
    expect(reported(guest)).toEqual([
      '  5.000000s  event: tclo.send ping \\x1b[2J',
      '  5.000000s  event: checkpoint',
      '  5.000001s  console: vmt0: resetting rpc \\x1b]0;x\\x07 \\u{202e}',
      ' 60.000000s  finding: never\\nrecovers [recovers]',
      ' 60.000000s  finding: (without a title) [hang]',
    ]);
  });
});

it('the header says what the run was, and which host options are not the default', () => {
  const { header } = read([new TracedGuest().bytes]);
  if (header === null) throw new Error('no header');
  expect(headerLines(header)).toEqual([
    'vmt.o (amd64, sha256 c0ffee)',
    'kernel openbsd, seed 7',
    'host addressError=break',
    'event at=5s tclo.break',
    'fault rpci.receive nth=2 checkpoint',
  ]);
});
