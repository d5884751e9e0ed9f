/** Bytes of a record. A rest at the end of an input is a record filled up with zeros, if one of its bytes is not 0. */
export const RECORD = 16;
/** Records that one input has at most; what is behind them says nothing. */
export const MOST_RECORDS = 64;

/** The bytes before the data: place, state, which accesses, operation. */
export const HEAD = 4;

/** The records of an input. */
export function recordsOf(input: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < input.length && records.length < MOST_RECORDS; at += RECORD) {
    const bytes = input.subarray(at, at + RECORD);
    if (bytes.length === RECORD) records.push(bytes);
    else if (bytes.some((byte) => byte !== 0)) {
      const whole = new Uint8Array(RECORD);
      whole.set(bytes);
      records.push(whole);
    }
  }
  return records;
}

/** The input of records. */
export const inputOf = (records: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(records));

/** The accesses that a byte selects: from 1 on, in the low half; how many in a row, in the high half. */
const TIMES: readonly number[] = [1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 6, 8, 16, 32, 64];

export const nthOf = (byte: number): { nth: number; times: number } => ({
  nth: (byte & 15) + 1,
  times: TIMES[byte >> 4] as number,
});

/** The byte that selects those accesses; null: none does. */
export function nthByte(nth: number, times: number): number | null {
  const high = TIMES.indexOf(times);
  return nth < 1 || nth > 16 || high < 0 ? null : (high << 4) | (nth - 1);
}
