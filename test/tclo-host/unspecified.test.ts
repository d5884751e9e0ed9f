import { describe, expect, it } from 'vitest';
import { SPECIFIED_OUTPUTS, UNSPECIFIED_OUTPUTS } from '../../src/protocol/index.ts';
import { SUB_COMMANDS } from '../../src/tclo-host/index.ts';
import type { Frame } from './frame.ts';
import * as g from './guest.ts';

const ALL = 0xffff_ffff;
const KEPT = 0xaaaa_bbbb_0000_0000n;

/** Every low-bandwidth step of one message each way, then polls and refusals, on a host with that seed. */
function conversation(unspecified: number): (readonly [string, Frame])[] {
  const guest = new g.Guest({ options: { unspecified } });
  const steps: (readonly [string, Frame])[] = [];
  const note = (name: string, frame: Frame): Frame => {
    steps.push([name, frame]);
    return frame;
  };
  const opened = note('open', guest.low(g.OPEN, null, g.RPCI + g.COOKIE));
  const handle = { id: opened.edx >>> 16, high: opened.esi, low: opened.edi };
  note('sendsize', guest.low(g.SENDSIZE, handle, 4));
  note('send', guest.low(g.SENDPAYLOAD, handle, 0x20676f6c));
  note('recvsize', guest.low(g.RECVSIZE, handle));
  note('receive', guest.low(g.RECVPAYLOAD, handle, 1));
  note('status', guest.low(g.RECVSTATUS, handle, 1));
  note('empty', guest.low(g.RECVSIZE, handle));
  note('receive refused', guest.low(g.RECVPAYLOAD, handle, 1));
  note('status refused', guest.low(g.RECVSTATUS, handle, 1));
  note('close', guest.low(g.CLOSE, handle));
  note('recvsize refused', guest.low(g.RECVSIZE, handle));
  note('sendsize refused', guest.low(g.SENDSIZE, handle, 4));
  return steps;
}

const REGISTERS = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const;

/** The bits in which some seed differs from the usual host, by step and register. */
function openBits(): Record<string, Record<string, number>> {
  const usual = conversation(0);
  const bits: Record<string, Record<string, number>> = {};
  for (let seed = 1; seed <= 64; seed++) {
    for (const [index, [name, frame]] of conversation(seed).entries()) {
      const [, before] = usual[index] as (typeof usual)[number];
      for (const register of REGISTERS) {
        const differs = (frame[register] ^ before[register]) >>> 0;
        if (differs === 0) continue;
        const of = bits[name] ?? {};
        of[register] = ((of[register] ?? 0) | differs) >>> 0;
        bits[name] = of;
      }
    }
  }
  return bits;
}

describe('a host with unspecified=SEED', () => {
  it('fills all bits that the protocol leaves open, and no others', () => {
    expect(openBits()).toEqual({
      sendsize: { eax: ALL },
      send: { eax: ALL },
      recvsize: { eax: ALL, edx: 0xffff },
      receive: { eax: ALL, edx: 0xffff },
      status: { eax: ALL },
      empty: { eax: ALL, ebx: ALL, edx: ALL },
      'receive refused': { ebx: ALL, edx: ALL },
      close: { eax: ALL },
      'recvsize refused': { ebx: ALL, edx: ALL },
    });
  });

  it('draws the same values from the same seed', () => {
    expect(conversation(5)).toEqual(conversation(5));
    expect(conversation(5)).not.toEqual(conversation(6));
  });

  it('goes on from a snapshot with the same values', () => {
    const guest = new g.Guest({ options: { unspecified: 3 } });
    const handle = guest.open(g.RPCI);
    const before = guest.host.snapshot();
    const first = guest.low(g.RECVSIZE, handle);
    guest.host.restore(before);
    expect(guest.low(g.RECVSIZE, handle)).toEqual(first);
  });

  it('keeps all 64 bits of what a step does not return, and zero-extends what it does', () => {
    const guest = new g.Guest({ options: { unspecified: 9 } });
    const handle = guest.open(g.RPCI);
    const frame = guest.low(g.SENDSIZE, handle, 1);
    for (const register of ['rbx', 'rsi', 'rdi', 'rbp'] as const) frame[register] = KEPT | BigInt(frame.eax);
    frame.rax = KEPT | BigInt(g.MAGIC);
    frame.rcx = KEPT | 0x3001en;
    frame.rdx = KEPT | BigInt(handle.id * 0x10000 + 0x5658);
    frame.rsi = KEPT | BigInt(handle.high);
    frame.rdi = KEPT | BigInt(handle.low);
    frame.rbp = KEPT;
    guest.host.call(frame);
    for (const register of ['rax', 'rbx', 'rcx', 'rdx'] as const) expect(frame[register] >> 32n).toBe(0n);
    for (const register of ['rsi', 'rdi', 'rbp'] as const) expect(frame[register] >> 32n).toBe(KEPT >> 32n);
  });
});

describe('the tables', () => {
  it('leave open only what a step returns, and never ECX or OPEN', () => {
    for (const { steps, register } of UNSPECIFIED_OUTPUTS) {
      for (const step of steps) expect(SUB_COMMANDS.find((row) => row.step === step)?.outputs).toContain(register);
      expect(steps).not.toContain('open');
      expect(register).not.toBe('ecx');
    }
  });

  it('name a source for whatever looks open and is not', () => {
    for (const { source } of SPECIFIED_OUTPUTS) expect(source).not.toBe('');
  });

  it("OPEN's EAX is 0", () => {
    expect(new g.Guest().low(g.OPEN, null, g.RPCI + g.COOKIE).eax).toBe(0);
  });
});
