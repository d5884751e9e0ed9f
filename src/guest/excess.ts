import type { PartStates } from '../state.ts';

/** A kernel with more of one thing waiting or registered than this is a guest's that never stops making them. */
const MOST = 8192;

/** Calls between two looks: a long list takes long to look through. */
const EVERY = 512;

/** Looks now and then which list or table of a kernel's state has grown too long, and says so; null: none has. */
export function excessWatch(states: () => PartStates): () => string | null {
  let calls = 0;
  return () => (++calls % EVERY === 0 ? excessIn(states()) : null);
}

function excessIn(states: PartStates): string | null {
  for (const [part, state] of Object.entries(states)) {
    for (const [name, value] of Object.entries(state)) {
      if (lengthOf(value) > MOST) return `the guest has made more than ${MOST} entries in its kernel's ${part}.${name}`;
    }
  }
  return null;
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return 0;
  return Object.keys(value).length;
}
