import {
  type ArgumentSource,
  type FormatRules,
  type Formatted,
  format,
  type StubTable,
  stub,
  vaList,
  variadic,
} from '../../guest/index.ts';
import type { HasMemory } from './strings.ts';

/** What the formatting functions work on. */
export interface HasFormat extends HasMemory {
  readonly wordSize: 4 | 8;
  /** What this system writes for a `%p`. */
  readonly pointerText?: NonNullable<FormatRules['pointer']>;
}

/** Longest text that snprintf and its kin write, whatever size the guest says. */
const TEXT_LIMIT = 1 << 20;

/** A v*printf's va_list argument. */
export function argumentsAt(k: HasFormat, list: bigint): ArgumentSource {
  return vaList(k.memory, k.wordSize === 8 ? 64 : 32, list);
}

/** What a format string gives. */
export function formatBytes(k: HasFormat, text: bigint, args: ArgumentSource, limit?: number): Formatted {
  k.memory.checkFormat(text);
  const pointer = k.pointerText?.bind(k);
  return format(k.memory, text, args, { ...(limit === undefined ? {} : { limit }), ...(pointer && { pointer }) });
}

/** The same as people read it. */
export function formatText(k: HasFormat, text: bigint, args: ArgumentSource): string {
  return textOf(formatBytes(k, text, args));
}

export function textOf({ bytes }: Formatted): string {
  return Buffer.from(bytes).toString('latin1');
}

/** snprintf: as much as fits before the NUL, the length of the whole. */
export function storeFormatted(k: HasFormat, to: bigint, room: number, text: bigint, args: ArgumentSource): number {
  const fits = Math.max(0, Math.min(room, TEXT_LIMIT) - 1);
  const { bytes, length } = formatBytes(k, text, args, fits);
  if (room > 0) {
    const terminated = new Uint8Array(bytes.length + 1);
    terminated.set(bytes);
    k.memory.write(to, terminated);
  }
  return length;
}

/** The functions that format into memory. */
export const formatting: StubTable<HasFormat> = {
  snprintf: variadic('int', ['ptr', 'size', 'ptr'], (k, [to, room, text], call) => {
    return storeFormatted(k, to, room, text, call.rest);
  }),
  vsnprintf: stub('int', ['ptr', 'size', 'ptr', 'ptr'], (k, [to, room, text, list]) => {
    return storeFormatted(k, to, room, text, argumentsAt(k, list));
  }),
  sprintf: variadic('int', ['ptr', 'ptr'], (k, [to, text], call) => storeFormatted(k, to, TEXT_LIMIT, text, call.rest)),
  vsprintf: stub('int', ['ptr', 'ptr', 'ptr'], (k, [to, text, list]) => {
    return storeFormatted(k, to, TEXT_LIMIT, text, argumentsAt(k, list));
  }),
};
