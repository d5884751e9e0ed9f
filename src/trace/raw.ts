import { type AccessRecord, type RegisterValues, TRACE_REGISTERS, type TraceRecord } from './format.ts';
import { preview } from './preview.ts';
import { faultText, harmless, hex, plainText, plural, seconds } from './text.ts';

const SUFFIX = { 1: 'b', 2: 'w', 4: 'l' } as const;

const same = (a: RegisterValues, b: RegisterValues, i: number): boolean => BigInt(a[i] ?? 0) === BigInt(b[i] ?? 0);

/** One access in one line: where and what, the registers before => those that changed, the bytes. */
function accessLine(record: AccessRecord): string {
  const [, ns, pc, port, width, direction, count, before, after, payload, channel, fault] = record;
  const name = `${direction}${payload === null ? '' : 's'}${SUFFIX[width]}`;
  const repeat = payload === null ? '' : ` x${count}`;
  const changed = TRACE_REGISTERS.flatMap((register, i) =>
    same(before, after, i) ? [] : [`${register}=${hex(after[i] ?? 0)}`],
  );
  const rest = [
    payload === null ? '' : ` ${preview(payload)}`,
    channel === null ? '' : ` channel=${channel}`,
    fault === null ? '' : ` fault=${faultText(fault)}`,
  ];
  const inputs = TRACE_REGISTERS.map((register, i) => `${register}=${hex(before[i] ?? 0)}`).join(' ');
  const outputs = changed.length === 0 ? 'same' : changed.join(' ');
  return `${seconds(ns, 9)} ${hex(pc)} ${name} ${hex(port)}${repeat}: ${inputs} => ${outputs}${rest.join('')}`;
}

/** One record in one line, by its registers. */
export function rawLine(record: TraceRecord): string {
  switch (record[0]) {
    case 'a':
      return accessLine(record);
    case 'e':
      return `${seconds(record[1], 9)} event ${harmless(`${record[2]} ${record[3]}`.trim())}`;
    case 'c':
      return `${seconds(record[1], 9)} console ${harmless(record[2])}`;
    case 'f':
      return `${seconds(record[1], 9)} finding ${plainText(record[2])}`;
    case 'z':
      return `end ${harmless(record[1])}, ${plural(record[2], 'record')} before`;
  }
}
