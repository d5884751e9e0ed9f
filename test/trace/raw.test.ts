import { expect, it } from 'vitest';
import { BDOOR_MAGIC } from '../../src/protocol/index.ts';
import { rawLine } from '../../src/trace/index.ts';
import { TracedGuest } from './support.ts';

it('one line a record: the registers before, those that changed, the bytes', () => {
  const guest = new TracedGuest();
  guest.access({ pc: 0xffffffff81002a4an, registers: { eax: BDOOR_MAGIC, ecx: 0xffff000a, edx: 0x5658 } });
  guest.access({ port: 0x3f8, width: 1, direction: 'out', registers: { eax: 0x41 } });
  const channel = guest.open('rpci');
  guest.step('sendsize', channel, 5);
  guest.fault = { kind: 'refuse' };
  guest.highOut(channel, new TextEncoder().encode('log x'));
  guest.writer.event(6_000_000_001, 'tclo.send', 'ping');
  guest.writer.console(6_000_000_002, 'vmt0: \x07');
  guest.writer.finding(6_000_000_003, { kind: 'hang', pc: 0xffffffff81002a4an, bytes: Uint8Array.of(1, 2) });
  guest.writer.end('finding');
  const lines = guest.records.map(rawLine);
  const [, rsi = '', rdi = ''] = /rsi=(\S+) rdi=(\S+) channel/.exec(lines[2] ?? '') ?? [];
  expect(rsi).toMatch(/^0x[0-9a-f]+$/);
  expect(lines).toEqual([
    '  0.000001000s 0xffffffff81002a4a inl 0x5658: rax=0x564d5868 rbx=0 rcx=0xffff000a rdx=0x5658 rsi=0 rdi=0 rbp=0 => rax=0x6 rbx=0x564d5868 rcx=0x4',
    '  0.000002000s 0x401000 outb 0x3f8: rax=0x41 rbx=0 rcx=0 rdx=0 rsi=0 rdi=0 rbp=0 => same',
    `  0.000003000s 0x401000 inl 0x5658: rax=0x564d5868 rbx=0xc9435052 rcx=0x1e rdx=0x5658 rsi=0 rdi=0 rbp=0 => rax=0 rcx=0x10000 rdx=0 rsi=${rsi} rdi=${rdi} channel=0`,
    `  0.000004000s 0x401000 inl 0x5658: rax=0x564d5868 rbx=0x5 rcx=0x1001e rdx=0x5658 rsi=${rsi} rdi=${rdi} rbp=0 => rax=0x1 rcx=0x810000 channel=0`,
    `  0.000005000s 0x401000 outsb 0x5659 x5: rax=0x564d5868 rbx=0x10000 rcx=0x5 rdx=0x5659 rsi=0xffff800000001000 rdi=${rdi} rbp=${rsi} => rbx=0 "log x" channel=0 fault=refuse`,
    '  6.000000001s event tclo.send ping',
    '  6.000000002s console vmt0: \\x07',
    '  6.000000003s finding {"kind":"hang","pc":"0xffffffff81002a4a","bytes":"01 02"}',
    'end finding, 8 records before',
  ]);
});
