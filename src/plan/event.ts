import { VmtbenchError } from '../errors.ts';
import { knownWords } from '../similar.ts';
import { checkHostAction, HOST_EVENTS, type HostAction, type HostEventName } from '../tclo-host/index.ts';
import { GUEST_EVENTS, type GuestEvent, isGuestEvent } from './guest-events.ts';
import { parseTime } from './time.ts';

/** When an event happens. Times are virtual nanoseconds from the start of the run. */
export type When =
  | { readonly kind: 'at' | 'every'; readonly ns: number }
  /** After the n-th time that WORD was answered (a TCLO request), sent (an RPCI request) or opened (`tclo.open`). */
  | { readonly kind: 'after'; readonly word: string; readonly count: number }
  /** When a console line first matches. */
  | { readonly kind: 'console'; readonly pattern: RegExp };

/** An event of a run's plan. */
export interface PlannedEvent {
  /** The line as written: it repeats the event. */
  readonly source: string;
  /** Its place, `scenario.yaml:9`, if it is of a file. */
  readonly where?: string;
  readonly when: When;
  readonly event: HostAction | GuestEvent;
}

const HINT =
  "An event is WHEN NAME [TEXT], such as 'at=5s tclo.break', 'every=1m ping', 'after=ping:3 suspend' or 'console=/resetting/ checkpoint'.";

/** The shortest period of a repeated event, in ns: a run must make progress. */
const SHORTEST = 1e6;

/** Reads an event's line. @throws VmtbenchError for a bad time, pattern, name or text. */
export function parseEvent(source: string): PlannedEvent {
  const { when, rest } = parseWhen(source.trim());
  const [, name = '', text = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
  if (name === '') throw new VmtbenchError('event', `"${source}" names no event`, HINT);
  return { source, when, event: readEvent(name, text) };
}

function readEvent(name: string, text: string): HostAction | GuestEvent {
  const own = { name, text };
  if (isGuestEvent(own)) {
    GUEST_EVENTS[own.name].check(text);
    return own;
  }
  if (!Object.hasOwn(HOST_EVENTS, name)) {
    const hint = knownWords(name, 'events', [...Object.keys(HOST_EVENTS), ...Object.keys(GUEST_EVENTS)]);
    throw new VmtbenchError('event.name', `there is no event ${name}`, hint);
  }
  const event: HostAction = { name: name as HostEventName, ...(text === '' ? {} : { text }) };
  checkHostAction(event);
  return event;
}

function parseWhen(line: string): { when: When; rest: string } {
  const pattern = /^console=\/((?:[^/\\]|\\.)*)\/\s+/.exec(line);
  if (pattern !== null) {
    return { when: { kind: 'console', pattern: compile(pattern[1] as string) }, rest: line.slice(pattern[0].length) };
  }
  const [word, ...others] = line.split(/\s+/);
  const rest = others.length === 0 ? '' : line.slice((word as string).length).trimStart();
  const [, kind, value] = /^(at|every|after)=(.+)$/.exec(word as string) ?? [];
  if (kind === 'at' || kind === 'every') {
    const ns = parseTime(value as string);
    if (kind === 'every' && ns < SHORTEST) {
      throw new VmtbenchError('event', `"${line}" repeats too often`, 'An event may come every millisecond at most.');
    }
    return { when: { kind, ns }, rest };
  }
  const [, name, count] = /^(.+):(\d{1,9})$/.exec(value ?? '') ?? [];
  if (kind !== 'after' || name === undefined || Number(count) === 0) {
    throw new VmtbenchError('event', `"${line}" does not say when`, HINT);
  }
  return { when: { kind: 'after', word: name, count: Number(count) }, rest };
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new VmtbenchError('event.pattern', `/${pattern}/ is no regular expression`, (cause as Error).message, {
      cause,
    });
  }
}
