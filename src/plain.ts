/**
 * Plain data: numbers, big integers, booleans, strings, null, Uint8Array, arrays without holes, and objects
 * without a class. undefined is none: what is not there is null, or its key is missing.
 */

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/**
 * Copies plain data. @param levels how deep: 1 copies the value alone, 2 what lies directly in it, too. Bytes become a
 * plain Uint8Array: unpacked ones are Node Buffers.
 * @throws Error for what is no plain data on the way.
 */
export function copyState<T>(value: T, levels: number): T {
  return copy(value, levels) as T;
}

function copy(value: unknown, levels: number): unknown {
  if (!isObject(value)) return value;
  if (levels <= 0) return value;
  if (Array.isArray(value)) return levels === 1 ? value.slice() : value.map((item) => copy(item, levels - 1));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (!isRecord(value)) throw new Error(firstStrange(value, 'a state') ?? 'a state is no plain data');
  const record: Record<string, unknown> = { ...value };
  if (levels > 1) {
    for (const key in record) {
      const item = record[key];
      if (typeof item === 'object' && item !== null) record[key] = copy(item, levels - 1);
      else if (typeof item === 'function') throw new Error(`a state holds a function: ${key}`);
    }
  }
  return record;
}

/** An object without a class. */
export function isRecord(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * What is no plain data, the first that is found.
 * @returns a sentence that names the place; null: all of it is plain.
 */
export function firstStrange(value: unknown, place: string): string | null {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'string':
    case 'bigint':
      return null;
    case 'object':
      return value === null || value instanceof Uint8Array ? null : firstStrangeInside(value, place);
    default:
      return `${place} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`;
  }
}

function firstStrangeInside(value: object, place: string): string | null {
  if (Array.isArray(value)) return firstOf(value.length, (index) => firstStrange(value[index], `${place}[${index}]`));
  if (!isRecord(value)) return `${place} is a ${value.constructor?.name ?? 'thing of a class'}`;
  const keys = Object.keys(value);
  if (Object.getOwnPropertySymbols(value).length > 0) return `${place} has a symbol for a key`;
  return firstOf(keys.length, (index) => firstStrange(value[keys[index] as string], `${place}.${keys[index]}`));
}

function firstOf(count: number, look: (index: number) => string | null): string | null {
  for (let index = 0; index < count; index++) {
    const found = look(index);
    if (found !== null) return found;
  }
  return null;
}
