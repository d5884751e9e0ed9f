import type { Protocol } from '../../protocol/index.ts';
import { type Random, randomIn } from '../../random.ts';
import type { States } from '../../state.ts';

/** Tells the two streams of cookies of one seed apart. */
const TCLO_STREAM = 0x54434c4f;

/** A stream of cookies each: how often a guest spoke RPCI shows in no cookie of its TCLO channel. */
export const cookieStreams = (states: States, seed: number): Readonly<Record<Protocol, Random>> => ({
  rpci: randomIn(states, 'rpciCookies', seed),
  tclo: randomIn(states, 'tcloCookies', seed ^ TCLO_STREAM),
});
