import { describe, expect, it } from 'vitest';
import { loadScenario, NO_SCENARIO, parseEvent, readTrace, shippedScenarios } from '../../src/index.ts';
import { type TraceRecord, type TraceSubject, TraceWriter } from '../../src/trace/index.ts';
import { replay, shortened, traceOf } from '../support/replays.ts';

const FIXTURES = ['vmt-unpatched-amd64', 'vmt-netbsd-unpatched-amd64', 'vmt-freebsd-patched-i386'];
const path = (name: string): string => `fixtures/kernels/${name}.o`;

// Every fixture, and the whole day, is in test/long/replay.test.ts.
describe.each(shippedScenarios())('replay of %s', (scenario) => {
  it.each(FIXTURES)('on %s is identical', (name) => {
    const trace = traceOf(path(name), shortened(scenario));
    if (trace === null) return;
    const { difference, accesses, otherAnswer } = replay(trace, path(name));
    expect({ difference, otherAnswer }).toEqual({ difference: null, otherAnswer: null });
    expect(accesses).toBeGreaterThan(0);
  });
});

describe('another build', () => {
  const S6 = loadScenario('one-checkpoint');
  const trace = (name: string, scenario = S6): Uint8Array => traceOf(path(name), scenario) as Uint8Array;

  it('that was patched differs first at the OPEN of TCLO that its attach does not make', () => {
    const { difference, lines } = replay(trace('vmt-unpatched-amd64'), path('vmt-patched-amd64'));
    expect(difference?.recorded).toMatchObject({ kind: 'access', channel: 0 });
    expect(difference?.made?.call).toMatchObject({ kind: 'message', step: 'open', protocol: 'rpci' });
    expect(difference?.fields).toEqual(['protocolNumber']);
    expect(lines.map(({ text }) => text)).toContain('console: vmt0 at pvbus0');
  });

  it('with other addresses, times and registers talks the same', () => {
    const { difference, accesses } = replay(trace('vmt-unpatched-amd64'), path('vmt-unpatched-i386'));
    expect(difference).toBeNull();
    expect(accesses).toBeGreaterThan(100);
  });

  it('that goes on behind the end of the trace, or ends before it, differs there', () => {
    const whole = rewritten(trace('vmt-patched-amd64', { ...S6, for: '3s' }), (_, index) => index < 40);
    expect(replay(whole, path('vmt-patched-amd64')).difference).toMatchObject({ recorded: null, made: {} });
    const last = readTrace([trace('vmt-patched-amd64', { ...S6, for: '3s' })], 'x').records.findLast(
      (record) => record.kind === 'access',
    );
    const more = rewritten(trace('vmt-patched-amd64', { ...S6, for: '3s' }), () => true, last);
    expect(replay(more, path('vmt-patched-amd64')).difference).toMatchObject({ recorded: last, made: null });
  });
});

/** The trace with other records, and another header. @param more a record at its end */
function rewritten(
  trace: Uint8Array,
  keeps: (record: TraceRecord, index: number) => boolean,
  more?: TraceRecord,
  header: Partial<TraceSubject> = {},
): Uint8Array {
  const whole = readTrace([trace], 'x');
  const chunks: Uint8Array[] = [];
  const writer = new TraceWriter((bytes) => chunks.push(bytes), { ...(whole.header as TraceSubject), ...header });
  const records = [...whole.records.filter(({ kind }) => kind === 'access'), ...(more === undefined ? [] : [more])];
  for (const [index, record] of records.entries()) {
    if (record.kind === 'access' && keeps(record, index)) writer.access(record);
  }
  writer.end('completed', whole.until);
  return new Uint8Array(Buffer.concat(chunks));
}

it('the guest gets the answers of the trace, not those of the host', () => {
  const events = [parseEvent('at=1.5s tclo.send Set_Option broadcastIP 1')];
  const trace = traceOf(path('vmt-unpatched-amd64'), { ...NO_SCENARIO, events, for: '5s' }) as Uint8Array;
  const unplanned = rewritten(trace, () => true, undefined, { events: [] });
  const { difference, otherAnswer, lines } = replay(unplanned, path('vmt-unpatched-amd64'));
  expect(difference).toBeNull();
  expect(otherAnswer).toBeGreaterThan(10);
  expect(lines.map(({ text }) => text)).toContain('< "Set_Option broadcastIP 1"');
});
