import { VmtbenchError } from '../errors.ts';

/** Virtual time, in the words of the command line and the scenarios: nanoseconds as integers. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/**
 * `TIME = number unit`, decimals allowed.
 * @returns nanoseconds, rounded.
 * @throws VmtbenchError `time` for anything else, a number without its unit too.
 */
export function parseTime(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)$/.exec(text);
  const ns = match === null ? Number.NaN : Math.round(Number(match[1]) * (UNITS[match[2] as string] as number));
  if (Number.isSafeInteger(ns)) return ns;
  if (match !== null) {
    throw new VmtbenchError(
      'time',
      `${text} is too long`,
      'At most 2500h fit: virtual time is counted in nanoseconds.',
    );
  }
  const missing = /^\d+(\.\d+)?$/.test(text) ? `Give it a unit: ${text}s, for example.` : null;
  throw new VmtbenchError(
    'time',
    `"${text}" is no time`,
    missing ?? `A time is a number and a unit (${Object.keys(UNITS).join(', ')}), such as 5s or 1.5ms.`,
  );
}

/** Nanoseconds as seconds with six decimals: what time stamps show. */
export function formatSeconds(ns: number): string {
  return (ns / 1e9).toFixed(6);
}
