import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { dropIncoming, offer, rewind } from '../../../src/tclo-host/channel/channel.ts';
import { Channels } from '../../../src/tclo-host/channel/channels.ts';
import { guestSequences } from './channel-commands.ts';

// What the channel module does stays as it is, until a mutation below says otherwise.
vi.mock('../../../src/tclo-host/channel/channel.ts', { spy: true });

afterEach(() => {
  vi.resetAllMocks();
  vi.restoreAllMocks();
});

/** What the host logs when a guest has come that far. */
const CORNERS = [
  /^GuestMsg: Too many channels opened/m,
  /^GuestMsg: Channel N, Protocol error, state: N/m,
  /^GuestMsg: channel N: wrong cookie, discarding message/m,
  /^GuestMsg: Channel N, message of N bytes is too long/m,
  /^GuestMsg: Channel N, unsolicited reply "OK ATR/m,
  /^GuestRpc: Channel N, reply ".*" rejected/m,
  /^GuestRpc: application toolbox has channel N, there can only be N/m,
  /^GuestRpc: Channel N, guest application toolbox/m,
];

test('2,000 sequences of a guest: the host answers as the model does, in every corner of the session', () => {
  const logged = new Set<string>();
  const sequences = guestSequences(({ host }) => {
    for (const line of host.log) logged.add(line.replace(/^.*?I005: /, '').replaceAll(/\d+/g, 'N'));
  });
  fc.assert(sequences, { numRuns: 2000, seed: 2024 });
  const all = [...logged].join('\n');
  for (const line of CORNERS) expect(all).toMatch(line);
});

/** A host that is wrong in one place. */
const MUTATIONS: readonly (readonly [string, () => void])[] = [
  [
    'RECVSIZE goes on in the middle of the message',
    () =>
      vi.mocked(offer).mockImplementation((channel) => {
        channel.sized = true;
        channel.bandwidth = null;
      }),
  ],
  [
    'cookies are not compared',
    () =>
      vi.spyOn(Channels.prototype, 'find').mockImplementation(function (this: Channels, id: number) {
        return this.slots[id] ?? null;
      }),
  ],
  [
    'a checkpoint comes again and again',
    () =>
      vi.mocked(rewind).mockImplementation((channel) => {
        dropIncoming(channel);
        channel.outgoingAt = 0;
        channel.bandwidth = null;
      }),
  ],
];

describe('a host that is wrong is caught', () => {
  test.each(MUTATIONS)('%s', (_name, mutate) => {
    mutate();
    const { failed, counterexample } = fc.check(guestSequences(), { numRuns: 2000, seed: 11, endOnFailure: true });
    expect(failed).toBe(true);
    expect(counterexample).not.toBeNull();
  });

  test('and right again afterwards', () => {
    expect(fc.check(guestSequences(), { numRuns: 100, seed: 11 }).failed).toBe(false);
  });
});
