import { describe, expect, test } from 'vitest';
import { bytes, Guest, type Handle, SECOND } from './guest.ts';

/** A greeted guest, and what it hears from then on. */
function started(text?: string): { guest: Guest; handle: Handle; hears: () => string[] } {
  const guest = new Guest({ options: { session: 'resetOnly' } });
  const handle = guest.greet();
  guest.host.event(text === undefined ? { name: 'backup' } : { name: 'backup', text });
  return { guest, handle, hears: () => guest.drain(handle) };
}

const report = (guest: Guest, event: string): string | null => guest.rpci(`vmbackup.eventSet ${event}`);
const outcome = (guest: Guest): string | undefined =>
  guest.hostEvents.filter(({ kind, text }) => kind === 'log' && text.startsWith('backup:')).at(-1)?.text;

describe('a quiesced backup', () => {
  test('start, quiet, snapshotDone, done', () => {
    const { guest, hears } = started();
    expect(hears()).toEqual(['vmbackup.start 1']);
    report(guest, 'reset 0 ');
    expect(hears()).toEqual([]);
    report(guest, 'prov.snapshotCommit 0 ');
    expect(hears()).toEqual(['vmbackup.snapshotDone']);
    report(guest, 'req.done 0 ');
    expect(outcome(guest)).toBe('backup: done');
    guest.host.event({ name: 'backup' });
    expect(hears()).toEqual(['vmbackup.start 1']);
  });

  test('abort: the host changes its mind when the guest is quiet', () => {
    const { guest, hears } = started('abort');
    hears();
    report(guest, 'prov.snapshotCommit 0 ');
    expect(hears()).toEqual(['vmbackup.abort']);
    report(guest, 'req.aborted 4 ');
    report(guest, 'req.done 0 ');
    expect(outcome(guest)).toBe('backup: without a snapshot');
  });

  test('a guest that cannot be quiet tells so and ends it', () => {
    const { guest, hears } = started();
    hears();
    report(guest, 'req.aborted 3 vfs_stall failed');
    expect(outcome(guest)).toBe('backup: the guest reports req.aborted 3');
    expect(hears()).toEqual([]);
    report(guest, 'req.done 0 ');
    expect(outcome(guest)).toBe('backup: without a snapshot');
  });

  test('a guest that refuses the start', () => {
    const { guest, handle } = started();
    guest.receive(handle);
    guest.send(handle, bytes('ERROR Unknown command'));
    expect(outcome(guest)).toBe('backup: refused by the guest');
  });

  test('a guest that reports nothing for 60 s is told to abort, and forgotten 60 s later', () => {
    const { guest, hears } = started();
    hears();
    guest.now += 59 * SECOND;
    expect(hears()).toEqual([]);
    guest.now += 2 * SECOND;
    expect(hears()).toEqual(['vmbackup.abort']);
    guest.now += 60 * SECOND;
    guest.host.advance();
    expect(outcome(guest)).toBe('backup: the guest never came back');
    expect(guest.host.nextDeadline()).toBeNull();
  });

  test('every report puts the deadline off', () => {
    const { guest, hears } = started();
    hears();
    for (let round = 0; round < 5; round += 1) {
      guest.now += 50 * SECOND;
      report(guest, 'req.keepAlive 0 ');
      expect(hears()).toEqual([]);
    }
  });

  test('reports without a backup, and a second backup, change nothing', () => {
    const { guest, hears } = started();
    guest.host.event({ name: 'backup' });
    expect(hears()).toEqual(['vmbackup.start 1']);
    report(guest, 'req.done 0 ');
    report(guest, 'prov.snapshotCommit 0 ');
    expect(hears()).toEqual([]);
  });
});
