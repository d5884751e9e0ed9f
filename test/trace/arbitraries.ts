import fc from 'fast-check';
import {
  type AccessRecord,
  type PlainData,
  type PlainMap,
  type RegisterValues,
  type TraceFault,
  type TraceRecord,
  TraceRegisters,
  type TraceWriter,
  type Uint64,
} from '../../src/trace/index.ts';

/** As a reader gives it. */
const narrow = (value: bigint): Uint64 => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);

const uint64: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffffffffn }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.constantFrom(
    0n,
    0x7fn,
    0xffn,
    0xffffn,
    0xffffffffn,
    1n << 32n,
    (1n << 53n) - 1n,
    1n << 53n,
    1n << 63n,
    (1n << 64n) - 1n,
  ),
);
const ns: fc.Arbitrary<number> = fc.oneof(fc.nat(), fc.maxSafeNat());
const text: fc.Arbitrary<string> = fc.string({ unit: 'grapheme', maxLength: 80 });
const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 });

export const plainMap: fc.Arbitrary<PlainMap> = fc.letrec<{ value: PlainData; map: PlainMap }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
    uint64.map(narrow),
    text,
    bytes,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('map'),
  ),
  map: fc.dictionary(text, tie('value'), { maxKeys: 5, noNullPrototype: true }),
})).map;

const registers = fc
  .tuple(uint64, uint64, uint64, uint64, uint64, uint64, uint64)
  .map((values) => new TraceRegisters(values.map(narrow) as unknown as RegisterValues));

const fault: fc.Arbitrary<TraceFault> = fc.oneof(
  fc.constant({ kind: 'refuse' }),
  fc.record({ kind: fc.constant('stall'), for: ns }),
);

export const accessRecord: fc.Arbitrary<AccessRecord> = fc
  .record({
    kind: fc.constant('access' as const),
    ns,
    pc: uint64.map(narrow),
    port: fc.nat(0xffff),
    width: fc.constantFrom(1 as const, 2 as const, 4 as const),
    direction: fc.constantFrom('in' as const, 'out' as const),
    string: fc.boolean(),
    count: fc.nat(),
    registers,
    after: registers,
    data: bytes,
    channel: fc.option(fc.nat(0xffff)),
    fault: fc.option(fault),
  })
  .map((record) => (record.string ? record : { ...record, data: new Uint8Array(0) }));

/** One call of a writer, and the record that it shall give. */
export interface Entry {
  readonly record: TraceRecord;
  readonly write: (writer: TraceWriter) => void;
}

export const entry: fc.Arbitrary<Entry> = fc.oneof(
  accessRecord.map((record) => ({ record, write: (writer: TraceWriter) => writer.access(record) })),
  fc.tuple(ns, text, text).map(([at, name, more]) => ({
    record: { kind: 'event' as const, ns: at, name, text: more },
    write: (writer: TraceWriter) => writer.event(at, name, more),
  })),
  fc.tuple(ns, text).map(([at, line]) => ({
    record: { kind: 'console' as const, ns: at, line },
    write: (writer: TraceWriter) => writer.console(at, line),
  })),
  fc.tuple(ns, plainMap).map(([at, finding]) => ({
    record: { kind: 'finding' as const, ns: at, finding },
    write: (writer: TraceWriter) => writer.finding(at, finding),
  })),
);
