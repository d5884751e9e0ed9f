import { futureOf } from '../tclo-host/index.ts';
import type { Bench } from './bench.ts';

/**
 * Stands for all that decides what a bench does from an idle moment on, as long as no fault strikes but the plan's: two
 * moments of one bench with the same identity go on in the same way. What was printed, logged and counted on the way
 * there is not in it.
 */
export function identityOf({ guest, host, schedule, plan, now }: Bench): string {
  const state = host.snapshot();
  const faults = plan.faults.length === 0 ? null : [plan.snapshot(), state.noise];
  return canonical([guest.future(), futureOf(state, now), schedule.snapshot(), faults]);
}

/** Plain data as text: the same for equal values, however the engine keeps them; keys in their own order. */
function canonical(value: unknown): string {
  text = '';
  put(value);
  return text;
}

/** What is being written: one string that grows is what the engine does fastest, and this runs after every step. */
let text = '';

function put(value: unknown): void {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      text += `${value},`;
      return;
    case 'bigint':
      text += `${value.toString(36)}n`;
      return;
    case 'string':
      text += `${value.length}"${value}`;
      return;
    case 'object':
      if (value === null) text += '-';
      else if (value instanceof Uint8Array) text += bytesText(value);
      else if (Array.isArray(value)) {
        text += '[';
        for (const item of value) put(item);
        text += ']';
      } else {
        text += '{';
        for (const key in value) put((value as Readonly<Record<string, unknown>>)[key]);
        text += '}';
      }
      return;
    default:
      text += '?';
  }
}

/** Bytes in a state are replaced, never written to. */
const texts = new WeakMap<Uint8Array, string>();

function bytesText(bytes: Uint8Array): string {
  let known = texts.get(bytes);
  if (known === undefined) {
    known = `${bytes.length}:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')}`;
    texts.set(bytes, known);
  }
  return known;
}
