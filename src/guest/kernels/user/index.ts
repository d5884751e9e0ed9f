import { createBare } from '../bare.ts';
import type { Personality, Services } from '../personality.ts';

export function createUser(_services: Services): Personality {
  return { ...createBare(), name: 'user' };
}
