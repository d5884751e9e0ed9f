import { describe, it } from 'vitest';
import { expect, test } from '../../src/vitest/index.ts';

const kernel = (name: string): string => `fixtures/kernels/${name}-amd64.o`;
const PATCHED = kernel('vmt-patched');
const BROKEN = { events: ['at=5s tclo.break'] };

/** What a failing expectation says. */
function complaint(expectation: () => void): string {
  try {
    expectation();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was wrong');
}

describe('toRecover', () => {
  test('tells a driver that heals from one that does not', ({ guest }) => {
    const heals = guest(PATCHED, BROKEN).run();
    const dies = guest(kernel('vmt-unpatched'), BROKEN).run();
    expect(heals).toRecover();
    expect(dies).not.toRecover();
    expect(complaint(() => expect(heals).not.toRecover())).toBe('the guest recovers, and should not');
    const text = complaint(() => expect(dies).toRecover());
    expect(text).toContain('the guest never recovers its TCLO channel [recovers]\n  at vm_rpc_send, vmt_rpc.c:');
    expect(text).toContain("--event 'at=5s tclo.break'");
  });

  test('takes an undecided run for neither', ({ guest }) => {
    const execution = guest(PATCHED, BROKEN).run('20s');
    for (const check of [() => expect(execution).toRecover(), () => expect(execution).not.toRecover()]) {
      expect(complaint(check)).toContain('recovers is undecided: the last disturbance was at 5.000000s');
    }
  });

  test('takes a guest that was shut down for neither', ({ guest }) => {
    const execution = guest(PATCHED, { events: ['at=5s halt'] }).run();
    expect(complaint(() => expect(execution).not.toRecover())).toContain('the guest was shut down');
  });
});

describe('toBeMemorySafe', () => {
  test('finds a planted error', ({ guest }) => {
    const execution = guest(kernel('planted/use-after-free')).run();
    expect(execution).not.toBeMemorySafe();
    expect(complaint(() => expect(execution).toBeMemorySafe())).toMatch(/^use after free: 1 byte at 0x[0-9a-f]+/);
    expect(complaint(() => expect(execution).toRecover())).toMatch(
      /^the guest did not live to recover: use after free/,
    );
  });

  test('shows nothing where nothing was checked', ({ guest }) => {
    const execution = guest(PATCHED, { guest: { memoryChecker: false } }).run('5s');
    expect(complaint(() => expect(execution).toBeMemorySafe())).toBe('the memory checker was off');
    expect(complaint(() => expect(execution).not.toBeMemorySafe())).toBe('the memory checker was off');
  });
});

describe('toLog', () => {
  test('takes whole lines and patterns, in their order', ({ guest }) => {
    const execution = guest(PATCHED, BROKEN).run('10s');
    expect(execution).toLog('vmt0 at pvbus0');
    expect(execution).toLog(/sending length failed/, 'vmt0: resetting rpc');
    expect(execution).not.toLog('resetting rpc');
    expect(complaint(() => expect(execution).toLog('vmt0: resetting rpc', /sending length/))).toBe(
      [
        'the guest does not print /sending length/',
        'It printed:',
        '  vmt0 at pvbus0',
        '  vmware: sending length failed, eax=00000000, ecx=00000000',
        '  vmt0: failed to send TCLO outgoing ping',
        '  vmt0: resetting rpc',
      ].join('\n'),
    );
  });
});

describe('toTalk', () => {
  const BEGINNING = ['GETVERSION: eax=0x6 ebx=0x564d5868 ecx=0x4', 'GETMHZ: eax=0x7d0', 'RPCI open'];

  test('takes the conversation line by line', ({ guest }) => {
    const execution = guest(PATCHED).run('3s');
    expect(execution).toTalk([...BEGINNING, '...']);
    expect(execution).toTalk(['...', 'TCLO open', 'TCLO < "reset"', /OK ATR/, '...']);
    expect(execution).not.toTalk(BEGINNING);
  });

  test('shows the first other access with its place', ({ guest }) => {
    const execution = guest(PATCHED).run('3s');
    const text = complaint(() =>
      expect(execution).toTalk(['...', 'TCLO < "reset"', 'TCLO > "OK ATR toolbox-dnd"', '...']),
    );
    expect(text.split('\n')).toEqual([
      expect.stringMatching(/^the guest talks otherwise at 1\.00000\ds, vm_rpc_send\+0x[0-9a-f]+ \(vmt_rpc\.c:\d+/),
      '    ...',
      '    RPCI #0 < "1 "',
      '    RPCI #0 close',
      '    TCLO #0 open',
      '    TCLO #0 < "reset"',
      '  - TCLO > "OK ATR toolbox-dnd"',
      '  + TCLO #0 > "OK ATR toolbox"',
      '    TCLO #0 < "Capabilities_Register"',
      '    RPCI #1 open',
      '    ...',
    ]);
  });
});

describe('what is no report', () => {
  it.each([undefined, {}, 'vmt.o'])('%j is refused', (received) => {
    expect(() => expect(received).toRecover()).toThrow('no report of a run');
  });

  test('a run without a trace has no conversation', ({ guest }) => {
    const execution = guest(PATCHED, { trace: false }).run('2s');
    expect(() => expect(execution).toTalk([])).toThrow('was not recorded');
    expect(execution).toLog('vmt0 at pvbus0');
  });
});
