/** A reader of well-formed MessagePack, written from its specification alone: to check ours against. */
export function decodeAll(bytes: Uint8Array): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const step = (size: number): number => {
    at += size;
    if (at > bytes.length) throw new Error(`ends inside a value at ${at}`);
    return at - size;
  };
  const text = (size: number): string => Buffer.from(bytes.subarray(step(size), at)).toString('utf8');
  const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const map = (count: number): Record<string, unknown> =>
    Object.fromEntries(times(count, () => [value() as string, value()] as const));
  const size = (width: number): number => {
    let sum = 0;
    for (const byte of bytes.subarray(step(width), at)) sum = sum * 256 + byte;
    return sum;
  };
  function value(): unknown {
    const head = size(1);
    if (head <= 0x7f) return head;
    if (head <= 0x8f) return map(head - 0x80);
    if (head <= 0x9f) return times(head - 0x90, value);
    if (head <= 0xbf) return text(head - 0xa0);
    if (head >= 0xe0) return head - 256;
    const long: Record<number, () => unknown> = {
      192: () => null,
      194: () => false,
      195: () => true,
      196: () => Buffer.from(bytes.subarray(step(size(1)), at)),
      197: () => Buffer.from(bytes.subarray(step(size(2)), at)),
      198: () => Buffer.from(bytes.subarray(step(size(4)), at)),
      203: () => view.getFloat64(step(8)),
      204: () => size(1),
      205: () => size(2),
      206: () => size(4),
      207: () => view.getBigUint64(step(8)),
      208: () => view.getInt8(step(1)),
      209: () => view.getInt16(step(2)),
      210: () => view.getInt32(step(4)),
      211: () => view.getBigInt64(step(8)),
      217: () => text(size(1)),
      218: () => text(size(2)),
      219: () => text(size(4)),
      220: () => times(size(2), value),
      221: () => times(size(4), value),
      222: () => map(size(2)),
      223: () => map(size(4)),
    };
    const read = long[head];
    if (read === undefined) throw new Error(`0x${head.toString(16)} is an extension or nothing`);
    return read();
  }
  const values: unknown[] = [];
  while (at < bytes.length) values.push(value());
  return values;
}
