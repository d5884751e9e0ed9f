import { expect, test } from 'vitest';
import { FAULTS, HOST_EVENTS, type HostAction, type HostFault, VmwareHost } from '../../src/tclo-host/index.ts';
import { Mutator, recordConversation } from './conversation.ts';
import { assertBounded } from './hostile.ts';

const EVENTS = Object.entries(HOST_EVENTS).map(
  ([name, row]) => ({ name, ...(row.text === 'any' ? { text: 'x' } : {}) }) as HostAction,
);
const KINDS = Object.keys(FAULTS).map((kind) => ({ kind }) as HostFault);

test('a real conversation, said wrongly in places, is never too much for the host', () => {
  const mutator = new Mutator(recordConversation(), 1, EVENTS, KINDS);
  const host = new VmwareHost({ seed: 77, now: () => mutator.now });
  let calls = 0;
  while (calls < 500_000) calls += mutator.play(host);
  assertBounded(host);
  // It was still the conversation that it comes from.
  expect(host.report.rpciCommands).toContain('info-get guestinfo.a');
  expect(host.report.tcloReplies).toContain('OK ATR toolbox');
  expect(host.guestInfo.network).not.toBeNull();
});
