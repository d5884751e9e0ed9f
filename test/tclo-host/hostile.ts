import { expect } from 'vitest';
import {
  type HostState,
  LOG_LIMIT,
  MOUSE_QUEUE_LIMIT,
  STATS_PAGES_LIMIT,
  type VmwareHost,
} from '../../src/tclo-host/index.ts';

/** Everything that a guest can make a host keep has its bound. */
export function assertBounded(host: VmwareHost): void {
  const state: HostState = host.snapshot();
  expect(host.report.channelsOpen).toBeLessThanOrEqual(host.options.maxChannels);
  for (const channel of state.channels) {
    if (channel === null) continue;
    expect(channel.incoming?.length ?? 0).toBeLessThanOrEqual(65536);
    expect(channel.tclo?.queue.length ?? 0).toBeLessThanOrEqual(80);
  }
  expect(state.session.waiting.length).toBeLessThanOrEqual(80);
  expect(state.session.replies.length).toBeLessThanOrEqual(8192);
  expect(state.rpciSession.commands.length).toBeLessThanOrEqual(8192);
  expect(state.log.length).toBeLessThanOrEqual(2 * LOG_LIMIT);
  expect(state.mouse.queue.length).toBeLessThanOrEqual(MOUSE_QUEUE_LIMIT);
  expect(state.window.pages.length).toBeLessThanOrEqual(STATS_PAGES_LIMIT);
  const stored = Object.entries(state.store.values).reduce(
    (sum, [key, value]) => sum + key.length - 1 + value.length,
    0,
  );
  expect(stored).toBe(state.store.bytes);
  expect(stored).toBeLessThanOrEqual(1 << 20);
}
