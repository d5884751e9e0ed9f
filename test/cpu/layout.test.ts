import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MOST_RETURNS, NO_SITE, REGISTER_ORDER, STATE, STOP } from '../../src/cpu/native.ts';

const header = readFileSync(resolve(import.meta.dirname, '../../src/cpu/native/state.h'), 'utf8');

const SIZES: Readonly<Record<string, number>> = { uint64_t: 8, double: 8, uint32_t: 4 };

const COUNTS: Readonly<Record<string, number>> = { kRegisters: REGISTER_ORDER.length, kMostReturns: MOST_RETURNS };

/** The fields of `struct State` with their offsets: all are as long as their alignment, and in their order. */
function fieldsOf(text: string): Record<string, number> {
  const [, body = ''] = /struct State \{([\s\S]*?)\n\};/.exec(text) ?? [];
  const fields: Record<string, number> = {};
  let offset = 0;
  for (const [, type = '', name = '', count] of body.matchAll(/^ {2}(\w+) (\w+)(?:\[(\w+)\])?;/gm)) {
    const size = SIZES[type] as number;
    expect([name, offset % size]).toEqual([name, 0]);
    fields[name] = offset;
    offset += size * (COUNTS[count ?? ''] ?? 1);
  }
  return { ...fields, size: offset };
}

/** `kMemoryFault = 3` as `memoryFault: 3`. */
function enumOf(text: string, name: string): Record<string, number> {
  const [, body = ''] = new RegExp(`enum ${name} : uint32_t \\{([\\s\\S]*?)\\};`).exec(text) ?? [];
  return Object.fromEntries(
    [...body.matchAll(/k(\w)(\w*) = (\d+)/g)].map(([, first = '', rest, value]) => [
      first.toLowerCase() + rest,
      Number(value),
    ]),
  );
}

describe('the record that the addon and TypeScript share', () => {
  it('has every field at the same place on both sides', () => {
    expect(STATE).toEqual(fieldsOf(header));
  });

  it('has as many registers, rip and rflags where the addon takes them to be', () => {
    const constant = (name: string): number => Number(new RegExp(`${name} = (\\d+);`).exec(header)?.[1]);
    expect(REGISTER_ORDER.length).toBe(constant('kRegisters'));
    expect(MOST_RETURNS).toBe(constant('kMostReturns'));
    for (const name of ['rax', 'rcx', 'rdx', 'rip', 'rflags'] as const) {
      expect(REGISTER_ORDER.indexOf(name)).toBe(constant(`k${name[0]?.toUpperCase()}${name.slice(1)}`));
    }
    expect(REGISTER_ORDER.slice(0, constant('kAccessRegisters'))).toEqual('rax rbx rcx rdx rsi rdi rbp'.split(' '));
  });

  it('has the same reasons to stop', () => {
    expect(STOP).toEqual(enumOf(header, 'StopCode'));
    expect(NO_SITE).toBe(0xffffffff);
    expect(header).toContain('kNoSite = 0xffffffff;');
  });
});
