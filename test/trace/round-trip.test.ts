import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import {
  DEPTH_LIMIT,
  PAYLOAD_LIMIT,
  RECORD_LIMIT,
  TEXT_LIMIT,
  TraceWriter,
  VALUES_LIMIT,
} from '../../src/trace/index.ts';
import { namedRecord, type StoredRecord } from '../../src/trace/stored.ts';
import { type Entry, entry, plainMap } from './arbitraries.ts';
import { decodeAll } from './little-decoder.ts';
import { read, SUBJECT, TracedGuest, written } from './support.ts';

const trace = (entries: readonly Entry[]): Uint8Array<ArrayBuffer> =>
  written((writer) => {
    for (const { write } of entries) write(writer);
    writer.end('completed');
  });

/** Of all bytes but the digest itself and its head. */
const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes.subarray(0, -34)).digest();

/** By default a trace ends at the time of its last record. */
const lastTime = (entries: readonly Entry[]): number => entries.at(-1)?.record.ns ?? 0;

/** Numbers as bigint, bytes as arrays: what different readers give becomes one. */
const alike = (value: unknown): unknown => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(alike);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, alike(member)]));
};

/** The header, and the records by their names. */
const named = ([header, ...records]: readonly unknown[]): unknown[] => [
  header,
  ...records.map((record) => namedRecord(record as StoredRecord)),
];

describe('what is written', () => {
  it('is read back, however the bytes arrive', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), fc.integer({ min: 1, max: 200 }), (entries, size) => {
        const bytes = trace(entries);
        const chunks = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        const { header, records, verdict } = read(chunks);
        expect(header).toEqual({ format: 'vmtrace', version: 2, ...SUBJECT });
        const end = { kind: 'end', ns: lastTime(entries), outcome: 'completed', records: entries.length };
        expect(records).toEqual([...entries.map(({ record }) => record), end]);
        expect(verdict).toEqual({ state: 'complete', records: entries.length + 1 });
      }),
      { numRuns: 300 },
    );
  });

  it('is plain MessagePack: two other decoders read the same', () => {
    const unpackr = new Unpackr({ useRecords: false, int64AsType: 'bigint' });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
        const bytes = trace(entries);
        const ours = alike([{ format: 'vmtrace', version: 2, ...SUBJECT }, ...read([bytes]).records]);
        expect(alike(named(decodeAll(bytes)))).toEqual(ours);
        // msgpackr renames this one key.
        fc.pre(
          !JSON.stringify(alike(decodeAll(bytes)), (_, value) => (typeof value === 'bigint' ? 0 : value)).includes(
            '__proto__',
          ),
        );
        expect(alike(named(unpackr.unpackMultiple(bytes) as unknown[]))).toEqual(ours);
      }),
      { numRuns: 300 },
    );
  });

  it('has the header and the records in the order of the format', () => {
    const guest = new TracedGuest();
    guest.ns = 6_000_000_000;
    guest.fault = { kind: 'stall', for: 5_000_000_000 };
    guest.access({ pc: 0xffffffff81000123n, registers: { eax: 1, rdi: 0xffff800000001000n, rbp: 1n << 40n } });
    guest.access({ port: 1, width: 2, string: true, count: 1 });
    guest.writer.event(7_000_000_000, 'tclo.send', 'ping');
    guest.writer.console(7_000_000_001, 'vmt0: x');
    guest.writer.finding(7_000_000_002, { kind: 'hang', pc: 0xffffffff81000123n, absent: undefined });
    guest.writer.end('finding');
    expect(decodeAll(guest.bytes)).toEqual([
      { format: 'vmtrace', version: 2, ...SUBJECT },
      [
        'a',
        6_000_001_000n,
        0xffffffff81000123n,
        0x5658,
        4,
        'in',
        1,
        [1, 0, 0, 0, 0, 0xffff800000001000n, 1n << 40n],
        [0xffffffff, 0, 0, 0, 0, 0xffff800000001000n, 1n << 40n],
        null,
        null,
        { kind: 'stall', for: 5_000_000_000n },
      ],
      [
        'a',
        6_000_002_000n,
        0x401000,
        1,
        2,
        'in',
        1,
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
        Buffer.from([0xff, 0xff]),
        null,
        null,
      ],
      ['e', 7_000_000_000n, 'tclo.send', 'ping'],
      ['c', 7_000_000_001n, 'vmt0: x'],
      ['f', 7_000_000_002n, { kind: 'hang', pc: 0xffffffff81000123n }],
      ['z', 7_000_000_002n, 'finding', 5, digestOf(guest.bytes)],
    ]);
    expect(Object.keys(decodeAll(guest.bytes)[0] as object)).toEqual([
      'format',
      'version',
      'object',
      'command',
      'kernel',
      'host',
      'events',
      'faults',
      'seed',
      'for',
      'machine',
      'interfaces',
      'stubs',
      'lenient',
      'regparm',
      'alternatives',
      'memoryChecker',
      'budget',
      'invariants',
      'expect',
    ]);
  });

  it('is the same bytes for the same run', () => {
    const run = (): Uint8Array => {
      const guest = new TracedGuest({ seed: 3 });
      const channel = guest.open('tclo');
      guest.send(channel, '');
      guest.receive(channel);
      guest.fault = { kind: 'garbageRegisters' };
      guest.send(channel, 'OK ATR toolbox');
      guest.writer.finding(guest.ns, { kind: 'hang', stack: ['a', 'b'] });
      guest.writer.end('finding');
      return guest.bytes;
    };
    const first = run();
    expect(first.length).toBeGreaterThan(400);
    expect(run()).toEqual(first);
  });
});

describe('the writer', () => {
  it('cuts payloads and texts at their limits, and what it writes is read', () => {
    const guest = new TracedGuest();
    guest.access({
      port: 1,
      width: 1,
      direction: 'out',
      string: true,
      data: new Uint8Array(PAYLOAD_LIMIT + 1),
      count: PAYLOAD_LIMIT + 1,
    });
    guest.writer.console(1, 'x'.repeat(TEXT_LIMIT + 1));
    guest.writer.end('completed');
    const { records, verdict } = read([guest.bytes]);
    expect(records).toMatchObject([
      { kind: 'access', count: PAYLOAD_LIMIT + 1, data: { length: PAYLOAD_LIMIT } },
      { kind: 'console', line: 'x'.repeat(TEXT_LIMIT) },
      { kind: 'end' },
    ]);
    expect(verdict?.state).toBe('complete');
  });

  it('makes lone surrogates U+FFFD, in keys too', () => {
    const bytes = written((writer) => {
      writer.console(0, 'a\ud800b');
      writer.finding(0, { 'k\udc00': ['\ud800'] });
    });
    expect(read([bytes]).records).toEqual([
      { kind: 'console', ns: 0, line: 'a\ufffdb' },
      { kind: 'finding', ns: 0, finding: { 'k\ufffd': ['\ufffd'] } },
    ]);
  });

  it('keeps a member that is called __proto__', () => {
    const finding = JSON.parse('{"__proto__": {"a": 1}}') as object;
    const [record] = read([written((writer) => writer.finding(0, finding))]).records;
    expect(JSON.stringify(record)).toBe('{"kind":"finding","ns":0,"finding":{"__proto__":{"a":1}}}');
  });

  it.each([
    ['a function', { kind: 'x', f: () => 1 }, 'trace.plain'],
    ['a symbol', { kind: Symbol('x') }, 'trace.plain'],
    ['a bigint beyond 64 bits', { n: 1n << 64n }, 'trace.plain'],
    ['a circle', circle(), 'trace.plain'],
    ['a map of a class', { when: new Date(0) }, 'trace.plain'],
    ['more depth than a record has', { x: nested(DEPTH_LIMIT - 1) }, 'trace.plain'],
    ['more values than a record has', { x: new Array(VALUES_LIMIT).fill(0) }, 'trace.plain'],
    ['more than a record holds', { text: 'x'.repeat(RECORD_LIMIT) }, 'trace.record'],
  ])('refuses %s', (_, finding, code) => {
    const writer = new TraceWriter(() => {}, SUBJECT);
    expect(() => writer.finding(0, finding)).toThrow(expect.objectContaining({ code }));
    expect(writer.records).toBe(0);
  });

  it('writes nothing after the end', () => {
    const writer = new TraceWriter(() => {}, SUBJECT);
    writer.end('completed');
    expect(() => writer.console(0, 'x')).toThrow(expect.objectContaining({ code: 'trace.ended' }));
    expect(() => writer.end('completed')).toThrow(expect.objectContaining({ code: 'trace.ended' }));
  });

  it('takes as much as a reader reads', () => {
    const findings = [{ x: nested(DEPTH_LIMIT - 2) }, { x: new Array(VALUES_LIMIT - 10).fill(0) }];
    for (const finding of findings) {
      expect(read([written((writer) => writer.finding(0, finding))]).records).toEqual([
        { kind: 'finding', ns: 0, finding },
      ]);
    }
  });

  it('takes any plain data as a finding', () => {
    fc.assert(
      fc.property(plainMap, (finding) => {
        expect(read([written((writer) => writer.finding(1, finding))]).records).toEqual([
          { kind: 'finding', ns: 1, finding },
        ]);
      }),
      { numRuns: 300 },
    );
  });
});

/** An array in an array in an array. */
function nested(depth: number): unknown[] {
  return depth === 1 ? [] : [nested(depth - 1)];
}

function circle(): object {
  const ring: { self?: object } = {};
  ring.self = ring;
  return ring;
}
