import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { conversation, read } from './support.ts';

it('a trace of version 1 is read', () => {
  const bytes = readFileSync('test/trace/version-1.vmtrace');
  const { header, records, verdict } = read([bytes]);
  expect(header).toMatchObject({
    version: 1,
    object: { name: 'vmt-unpatched-amd64.o', machine: 'amd64' },
    events: ['at=2s tclo.break'],
    preemptions: ['nth=30'],
  });
  expect(header?.command).toBeUndefined();
  expect(records.at(-1)).toEqual({ kind: 'end', ns: null, outcome: 'completed', records: records.length - 1 });
  expect(verdict).toEqual({ state: 'complete', records: records.length });
  expect(conversation(bytes).some((line) => line.includes('TCLO #0 > "OK ATR toolbox"'))).toBe(true);
});

it('each cut of it is reported', () => {
  const bytes = readFileSync('test/trace/version-1.vmtrace');
  for (let length = 1; length < bytes.length; length += 97) {
    expect(read([bytes.subarray(0, length)]).verdict).toMatchObject({ state: 'cutOff', at: length });
  }
});
