import { HOST_EVENTS } from '../../src/tclo-host/index.ts';

/** Events that a machine runs on after. */
const NAMES = Object.keys(HOST_EVENTS).filter((name) => name !== 'halt' && name !== 'reboot');
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'tclo.send': ['ping', 'OS_PowerOn', 'nobody knows this one', 'Set_Option broadcastIP 1', 'x'.repeat(5000)],
  suspend: ['', 'quiet'],
  backup: ['', 'abort'],
};

/** A generator of numbers below `limit`, the same for the same seed. */
export function below(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/**
 * Host events as words, one every two minutes or so, the last a minute before the end.
 * @param unwanted what no event may have in its words.
 */
export function randomEvents(hours: number, seed: number, unwanted: RegExp | null = null): string[] {
  const random = below(seed);
  const events: string[] = [];
  for (let at = 5; at < hours * 3600 - 60; at += 1 + random(240)) {
    const name = NAMES[random(NAMES.length)] as string;
    const texts = TEXTS[name] ?? [''];
    const event = `at=${at}.${random(1000)}s ${name} ${texts[random(texts.length)]}`.trim();
    if (unwanted?.test(event) !== true) events.push(event);
  }
  return events;
}
