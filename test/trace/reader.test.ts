import { describe, expect, it } from 'vitest';
import { PAYLOAD_LIMIT, TraceReader } from '../../src/trace/index.ts';
import { joined, read, TracedGuest, written } from './support.ts';

function conversation(): Uint8Array<ArrayBuffer> {
  const guest = new TracedGuest();
  const channel = guest.open('rpci');
  for (let i = 0; i < 20; i += 1) {
    guest.send(channel, `info-set guestinfo.x${i} ${'y'.repeat(10 * i)}`);
    guest.receive(channel);
  }
  return guest.bytes.subarray(written(() => {}).length);
}

describe('the reader', () => {
  it('holds one chunk and one record of fifty megabytes', () => {
    const block = conversation();
    const records = read([joined([written(() => {}), block])]).records.length;
    const header = written(() => {});
    const size = 50 << 20;
    let given = 0;
    function* stream(): Generator<Uint8Array> {
      yield header;
      for (; given < size; given += block.length) yield block;
    }
    const reader = new TraceReader(stream());
    let count = 0;
    let most = 0;
    for (const _ of reader.records()) {
      count += 1;
      if (reader.held > most) most = reader.held;
    }
    expect(given).toBeGreaterThanOrEqual(size);
    expect(count).toBe((given / block.length) * records);
    expect(most).toBeLessThan(2 * block.length);
    // Nor is what it allocated for them any larger.
    expect(reader.capacity).toBeLessThanOrEqual(1 << 17);
    expect(reader.verdict).toMatchObject({ state: 'cutOff', at: header.length + given });
  });

  it('takes a chunk of any size in small pieces', () => {
    const bytes = joined([written(() => {}), ...new Array<Uint8Array>(500).fill(conversation())]);
    const reader = new TraceReader([bytes]);
    expect([...reader.records()].length).toBeGreaterThan(10_000);
    expect(reader.capacity).toBeLessThanOrEqual(1 << 17);
  });

  it('allocates for what arrives, not for what is announced', () => {
    const announced = Uint8Array.of(0x93, 0xa1, 0x63, 0, 0xc6, 0, 0x3f, 0xff, 0xff);
    const reader = new TraceReader([written(() => {}), announced]);
    expect([...reader.records()]).toEqual([]);
    expect(reader.verdict).toMatchObject({ state: 'cutOff' });
    expect(reader.capacity).toBe(1 << 16);
  });

  it('reads the longest payload, byte by byte chunks included', () => {
    const guest = new TracedGuest();
    guest.access({
      port: 1,
      width: 1,
      direction: 'out',
      string: true,
      count: PAYLOAD_LIMIT,
      data: new Uint8Array(PAYLOAD_LIMIT),
    });
    const bytes = guest.bytes;
    function* pieces(): Generator<Uint8Array> {
      for (let at = 0; at < 100_000; at += 1) yield bytes.subarray(at, at + 1);
      yield bytes.subarray(100_000);
    }
    const [record] = read(pieces()).records;
    expect(record?.kind === 'access' && record.data).toHaveLength(PAYLOAD_LIMIT);
  });

  it('lets go of its source, read to the end or not', () => {
    const bytes = written((writer) => {
      writer.console(1, 'x');
      writer.end('completed');
    });
    let closed = 0;
    function* source(chunk: Uint8Array): Generator<Uint8Array> {
      try {
        yield chunk;
        yield new Uint8Array(0);
      } finally {
        closed += 1;
      }
    }
    for (const _ of new TraceReader(source(bytes)).records()) break;
    expect(closed).toBe(1);
    for (const _ of new TraceReader(source(joined([bytes, Uint8Array.of(0)]))).records());
    expect(closed).toBe(2);
    expect(() => new TraceReader(source(Uint8Array.of(1, 2, 3)))).toThrow();
    expect(closed).toBe(3);
  });

  it('throws what its source throws', () => {
    function* source(): Generator<Uint8Array> {
      yield written(() => {});
      throw new Error('torn cable');
    }
    const reader = new TraceReader(source());
    expect(() => [...reader.records()]).toThrow('torn cable');
  });
});
