import type { Personality } from './personality.ts';

/** Nothing around the object: for code that needs nothing, called function by function. */
export function createBare(): Personality {
  return {
    name: 'bare',
    stubs: new Map(),
    data: {},
    names: new Map(),
    takeShutdown: () => null,
    loaded: () => {},
    boot: () => null,
    step: () => null,
    nextDeadline: () => null,
    snapshot: () => null,
    restore: () => {},
  };
}
