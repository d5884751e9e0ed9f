import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { VmtbenchError } from '../../src/errors.ts';
import { Conversation, DEPTH_LIMIT, rawLine, TraceReader } from '../../src/trace/index.ts';
import { joined, read, SUBJECT, TracedGuest, written } from './support.ts';

function small(): Uint8Array<ArrayBuffer> {
  const guest = new TracedGuest();
  const channel = guest.open('rpci');
  guest.send(channel, 'info-get guestinfo.ip');
  guest.fault = { kind: 'wrongLength', by: 2 };
  guest.receive(channel);
  guest.writer.event(guest.ns, 'tclo.send', 'ping');
  guest.writer.console(guest.ns, 'vmt0: x');
  guest.writer.finding(guest.ns, { kind: 'hang', title: 'x', stack: ['a+0x1'] });
  guest.writer.end('finding');
  return guest.bytes;
}

const WHOLE = small();
const HEADER = written(() => {});
const ENDED = written((writer) => writer.end('completed'));
/** Where each record ends. */
const ENDS = recordEnds();

function recordEnds(): number[] {
  const ends: number[] = [];
  for (let at = 0; at <= WHOLE.length; at += 1) {
    const { records } = read([WHOLE.subarray(0, Math.max(at, 1))]);
    if (records.length > ends.length) ends.push(at);
  }
  return ends;
}

const pack = (value: unknown): Uint8Array => new Packr({ useRecords: false, variableMapSize: true }).pack(value);
const behindHeader = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  joined([HEADER, ...parts.map((part) => Uint8Array.from(part))]);

/** Reads and prints, as the command line does. */
function readAndPrint(bytes: Uint8Array): TraceReader {
  const reader = new TraceReader([bytes]);
  const reported = new Conversation();
  for (const record of reader.records()) {
    reported.add(record);
    rawLine(record);
  }
  reported.end();
  return reader;
}

describe('a trace cut off', () => {
  it('at every byte gives all whole records, and says where it ends', () => {
    const all = read([WHOLE]).records;
    expect(all).toHaveLength(ENDS.length);
    for (let length = 1; length < WHOLE.length; length += 1) {
      const { header, records, verdict } = read([WHOLE.subarray(0, length)]);
      const whole = ENDS.filter((end) => end <= length).length;
      expect(header === null).toBe(length < HEADER.length);
      expect(records).toEqual(all.slice(0, whole));
      expect(verdict).toMatchObject({ state: 'cutOff', at: length, records: whole });
    }
    expect(read([WHOLE]).verdict).toEqual({ state: 'complete', records: all.length });
  });

  it('says in which record', () => {
    const [first = 0] = ENDS;
    expect(read([WHOLE.subarray(0, first + 3)]).verdict).toMatchObject({
      reason: `inside the record that starts at byte ${first}`,
    });
    expect(read([WHOLE.subarray(0, first)]).verdict).toMatchObject({ reason: 'the end record is missing' });
  });
});

describe('a corrupt trace', () => {
  it('with random bytes changed, put in or taken out never throws anything but an error of ours', () => {
    const seen = { complete: 0, cutOff: 0, corrupt: 0, refused: 0 };
    const change = fc.record({
      at: fc.nat(WHOLE.length - 1),
      remove: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes: Uint8Array = WHOLE;
        for (const { at, remove, insert } of changes) {
          bytes = joined([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        }
        try {
          const { verdict } = readAndPrint(bytes);
          if (verdict === null) throw new Error('no verdict');
          seen[verdict.state] += 1;
          if (verdict.state !== 'complete') expect(verdict.at).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          if (!(error instanceof VmtbenchError)) throw error;
          expect(['trace.format', 'trace.version']).toContain(error.code);
          seen.refused += 1;
        }
      }),
      { numRuns: 4000 },
    );
    // All kinds of ends were met: the property is not about one of them only.
    expect(Math.min(seen.cutOff, seen.corrupt, seen.refused)).toBeGreaterThan(50);
  });

  const nested = (depth: number): number[] => [...new Array<number>(depth).fill(0x91), 0xc0];
  it.each<[string, Uint8Array, number, RegExp]>([
    ['an array of four billion', behindHeader([0xdd, 0xff, 0xff, 0xff, 0xff]), 5, /array or map/],
    ['a map of four billion', behindHeader([0xdf, 0xff, 0xff, 0xff, 0xff]), 5, /array or map/],
    [
      'a byte string of four GiB',
      behindHeader([0x93, 0xa1, 0x63, 0, 0xc6, 0xff, 0xff, 0xff, 0xff]),
      9,
      /a record of \d+ bytes/,
    ],
    ['a text of four GiB', behindHeader([0xdb, 0xff, 0xff, 0xff, 0xff]), 5, /a record of \d+ bytes/],
    ['deep nesting', behindHeader(nested(DEPTH_LIMIT + 1)), DEPTH_LIMIT + 1, /nested/],
    ['very deep nesting', behindHeader(nested(1_000_000)), DEPTH_LIMIT + 1, /nested/],
    ['an extension', behindHeader([0xd4, 0x72, 0x40]), 0, /0xd4/],
    ['the byte that is never used', behindHeader([0xc1]), 0, /0xc1/],
    ['a text that is no UTF-8', behindHeader([0x93, 0xa1, 0x63, 0, 0xa2, 0xc3, 0x28]), 5, /UTF-8/],
    ['a map key that is no text', behindHeader([0x81, 0x01, 0x02]), 1, /key/],
    ['a number where a record should be', behindHeader([5]), 0, /no record/],
    ['an empty array', behindHeader([0x90]), 0, /unknown kind/],
    ['another kind of record', behindHeader(pack(['q', 1])), 0, /unknown kind/],
    ['a kind that objects have', behindHeader(pack(['constructor', 1])), 0, /unknown kind/],
    ['a value too few', behindHeader(pack(['e', 1, 'x'])), 0, /'e' of 3 values/],
    ['a value too many', behindHeader(pack(['c', 1, 'x', 2])), 0, /'c' of 4 values/],
    ['a negative time', behindHeader(pack(['c', -1, 'x'])), 0, /ns/],
    ['a time that is no whole number', behindHeader(pack(['c', 1.5, 'x'])), 0, /ns/],
    ['an end that miscounts', behindHeader(pack(['z', 0, 'completed', 1, new Uint8Array(32)])), 0, /counts 1/],
    ['an end without a digest', behindHeader(pack(['z', 0, 'completed', 0])), 0, /'z' of 4 values/],
    ['a digest that is too short', behindHeader(pack(['z', 0, 'completed', 0, new Uint8Array(31)])), 0, /digest/],
    ['another digest', behindHeader(pack(['z', 0, 'completed', 0, new Uint8Array(32)])), 0, /digest is not that/],
    ['bytes after the end', joined([ENDED, Uint8Array.of(0xc0)]), ENDED.length - HEADER.length, /after the end/],
    ['two million small values', behindHeader([0xdd, 0, 0x10, 0, 0], new Uint8Array(1 << 20)), 5, /array or map/],
  ])('%s is told where it stands', (_, bytes, at, reason) => {
    const { records, verdict, header } = read([bytes]);
    expect(header).not.toBeNull();
    expect(records.filter((record) => record.kind !== 'end')).toEqual([]);
    expect(verdict).toMatchObject({ state: 'corrupt', at: HEADER.length + at, reason: expect.stringMatching(reason) });
  });

  const access = [0, 0, 0x5658, 4, 'in', 1, new Array(7).fill(0), new Array(7).fill(0), null, null, null];
  it.each<[string, number, unknown]>([
    ['ns', 0, 'x'],
    ['pc', 1, -1],
    ['port', 2, 0x10000],
    ['width', 3, 3],
    ['direction', 4, 'up'],
    ['count', 5, null],
    ['in', 6, [1, 2, 3]],
    ['in', 6, [0, 0, 0, 0, 0, 0, -1]],
    ['out', 7, 'abcdefg'],
    ['payload', 8, 'text'],
    ['channel', 9, 0x10000],
    ['fault', 10, []],
    ['fault', 10, {}],
    ['fault', 10, { kind: 5 }],
  ])('an access whose %s (value %i) is %j is refused', (name, i, value) => {
    expect(read([behindHeader(pack(['a', ...access]))]).records).toHaveLength(1);
    const record = ['a', ...access];
    record[i + 1] = value as never;
    expect(read([behindHeader(pack(record))]).verdict).toMatchObject({
      state: 'corrupt',
      at: HEADER.length,
      reason: `a record 'a' whose ${name} cannot be`,
    });
  });

  it.each<[string, unknown]>([
    ['object', { name: 'x' }],
    ['kernel', 1],
    ['host', []],
    ['events', {}],
    ['faults', null],
    ['seed', 'x'],
    ['command', []],
    ['stubs', [1]],
    ['lenient', 0],
    ['budget', []],
  ])('a header whose %s is %j has no records', (key, value) => {
    const header = { format: 'vmtrace', version: 2, ...SUBJECT, [key]: value };
    const result = read([joined([pack(header), pack(['z', 'completed', 0])])]);
    expect(result).toEqual({
      header: null,
      records: [],
      verdict: { state: 'corrupt', at: 0, records: 0, reason: `a header whose ${key} cannot be` },
    });
  });
});

describe('what is no trace', () => {
  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a text', Buffer.from('{"format":"vmtrace"}\n')],
    ['an ELF object', Buffer.from('\x7fELF\x02\x01\x01', 'latin1')],
    ['other MessagePack', pack({ format: 'else', version: 1 })],
    ['an array', pack(['vmtrace', 1])],
    ['a map cut off', pack({ a: 'x'.repeat(100) }).subarray(0, 50)],
    ['zeros', new Uint8Array(100_000)],
  ])('%s is an error that says what to give', (_, bytes) => {
    expect(() => new TraceReader([bytes], 'x.trace')).toThrow(
      expect.objectContaining({ code: 'trace.format', hint: expect.stringContaining('--trace') }),
    );
  });

  it('another version is told as such', () => {
    const bytes = pack({ format: 'vmtrace', version: 3, new: true });
    expect(() => new TraceReader([bytes], 'x.trace')).toThrow(/x\.trace is a trace of version 3; .* versions 1 and 2/);
  });
});
