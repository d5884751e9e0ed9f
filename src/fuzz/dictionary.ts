import type { ObjectFile } from '../object/index.ts';
import { bytesOf } from '../protocol/index.ts';
import { ALL_TEXTS } from './input/grammar.ts';
import { PLACES, type Place, PROTOCOL_STATES } from './input/places.ts';

/** Strings of an object that a dictionary takes, the shortest and the longest; and how many. */
const SHORTEST = 4;
const LONGEST = 64;
const MOST = 200;

/** Places without a protocol state. */
const OTHERS: readonly Place[] = ['event', 'user', 'preempt', 'start'];

/**
 * A dictionary as libFuzzer and AFL++ read it: the pairs that the guest passed on a healthy host, the texts of the protocol
 * and the strings of the object.
 * @param pairs counters, one for each pair of a place and a state.
 */
export function dictionaryOf(object: ObjectFile, pairs: Uint8Array): string {
  const heads: Uint8Array[] = [];
  for (let pair = 0; pair < PLACES.length * PROTOCOL_STATES.length; pair++) {
    if (pairs[pair] === 0) continue;
    heads.push(Uint8Array.of(Math.floor(pair / PROTOCOL_STATES.length), pair % PROTOCOL_STATES.length));
  }
  const others = OTHERS.map((name) => Uint8Array.of(PLACES.indexOf(name), 0));
  const texts = [...new Set([...ALL_TEXTS, ...stringsOf(object)])].map(bytesOf);
  return [...heads, ...others, ...texts].map((bytes) => `"${escaped(bytes)}"\n`).join('');
}

/** The printable strings of the object's file that end with a NUL. */
function stringsOf(object: ObjectFile): string[] {
  const text = Buffer.from(object.reader.bytes).toString('latin1');
  const found = new Set<string>();
  for (const [, words = ''] of text.matchAll(/([\x20-\x7e]{4,64})\0/g)) {
    if (words.length >= SHORTEST && words.length <= LONGEST && /[ .:]/.test(words)) found.add(words);
    if (found.size === MOST) break;
  }
  return [...found];
}

const escaped = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
