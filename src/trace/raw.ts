import { type AccessRecord, TRACE_REGISTERS, type TraceRecord } from './format.ts';
import { preview } from './preview.ts';
import { faultText, harmless, hexOrZero, plainText, plural, seconds } from './text.ts';

const SUFFIX = { 1: 'b', 2: 'w', 4: 'l' } as const;

/** One access in one line: where and what, the registers before => those that changed, the bytes. */
function accessLine(record: AccessRecord): string {
  const { ns, pc, port, width, direction, string, count, registers: before, after, data, channel, fault } = record;
  const name = `${direction}${string ? 's' : ''}${SUFFIX[width]}`;
  const repeat = string ? ` x${count}` : '';
  const changed = TRACE_REGISTERS.filter((register) => BigInt(before[register]) !== BigInt(after[register])).map(
    (register) => `${register}=${hexOrZero(after[register])}`,
  );
  const rest = [
    string ? ` ${preview(data)}` : '',
    channel === null ? '' : ` channel=${channel}`,
    fault === null ? '' : ` fault=${faultText(fault)}`,
  ];
  const inputs = TRACE_REGISTERS.map((register) => `${register}=${hexOrZero(before[register])}`).join(' ');
  const outputs = changed.length === 0 ? 'same' : changed.join(' ');
  return `${seconds(ns, 9)} ${hexOrZero(pc)} ${name} ${hexOrZero(port)}${repeat}: ${inputs} => ${outputs}${rest.join('')}`;
}

/** One record in one line, by its registers. */
export function rawLine(record: TraceRecord): string {
  switch (record.kind) {
    case 'access':
      return accessLine(record);
    case 'event':
      return `${seconds(record.ns, 9)} event ${harmless(`${record.name} ${record.text}`.trim())}`;
    case 'console':
      return `${seconds(record.ns, 9)} console ${harmless(record.line)}`;
    case 'finding':
      return `${seconds(record.ns, 9)} finding ${plainText(record.finding)}`;
    case 'end':
      return `end ${harmless(record.outcome)}, ${plural(record.records, 'record')} before`;
  }
}
