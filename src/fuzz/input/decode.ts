import { fromHex, toHex } from '../../hex.ts';
import { FAULT_REGISTERS, type HostFault } from '../../tclo-host/index.ts';
import { APPENDS, eventText, FORM_COUNT, grammarBytes, type TextSource, USER_TEXTS } from './grammar.ts';
import { numberOf, readWord } from './numbers.ts';
import { EVENTS, OPERATIONS, type Operation, PLACES, type Place, PROTOCOL_STATES, STARTS, USERS } from './places.ts';
import type { FuzzPlan, PlannedAnswer, PlannedMoment } from './plan.ts';
import { HEAD, nthOf, recordsOf } from './records.ts';

/** Virtual nanoseconds of one unit of a time, and how many units there are. */
export const TIME_UNIT = 10e6;
export const TIME_UNITS = 3000;
/** Preemption points that a record can name. */
export const MOST_POINTS = 512;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Draft {
  start: FuzzPlan['start'];
  readonly answers: Writable<PlannedAnswer>[];
  readonly moments: Writable<PlannedMoment>[];
  readonly preemptions: number[];
}

/** What an input says. Every input says something: docs/fuzz-input.md states how. */
export function decodePlan(input: Uint8Array): FuzzPlan {
  const draft: Draft = { start: 'attach', answers: [], moments: [], preemptions: [] };
  for (const record of recordsOf(input)) decodeRecord(record, draft);
  const moments = draft.moments
    .map((moment) => ({ ...moment, text: moment.text.trim() }))
    .filter(({ name, text }) => isPossibleText(name, text));
  return { ...draft, moments };
}

function decodeRecord(record: Uint8Array, draft: Draft): void {
  const [place = 0, state = 0, which = 0, operation = 0] = record;
  const data = record.subarray(HEAD);
  const at = PLACES[place % PLACES.length] as Place;
  switch (at) {
    case 'start':
      draft.start = STARTS[operation % STARTS.length] as FuzzPlan['start'];
      break;
    case 'preempt':
      draft.preemptions.push((readWord(data, 0) % MOST_POINTS) + 1);
      break;
    case 'event':
      addMoment(draft, data, EVENTS[operation % EVENTS.length] as PlannedMoment['name']);
      break;
    case 'user':
      addMoment(draft, data, USERS[operation % USERS.length] as PlannedMoment['name']);
      break;
    default: {
      const operations = OPERATIONS.get(at) as readonly Operation[];
      const kind = operations[operation % operations.length] as Operation;
      const fault = faultOf(kind, data);
      const answer = { place: at, state: PROTOCOL_STATES[state % PROTOCOL_STATES.length], ...nthOf(which), fault };
      addAnswer(draft, answer as PlannedAnswer);
    }
  }
}

/** Two records for one access: bytes are appended, registers are added; of all others the first counts. */
function addAnswer({ answers }: Draft, answer: PlannedAnswer): void {
  const { place, state, nth, fault } = answer;
  const other = answers.find((known) => known.place === place && known.state === state && known.nth === nth);
  if (other === undefined) answers.push(answer);
  else if (other.fault.kind === 'registers' && fault.kind === 'registers') other.fault = { ...fault, ...other.fault };
  else if (other.fault.kind === fault.kind && 'hex' in other.fault && 'hex' in fault) {
    other.fault = { kind: other.fault.kind, hex: `${other.fault.hex}${fault.hex}` };
  }
}

function addMoment({ moments }: Draft, data: Uint8Array, name: PlannedMoment['name']): void {
  const after = (((data[0] as number) | ((data[1] as number) << 8)) % TIME_UNITS) * TIME_UNIT;
  const source = textSource(data.subarray(2));
  const last = moments.findLast((moment) => moment.name === name);
  if (source.form === APPENDS && last !== undefined) last.text += textOfRecord(name, source);
  else moments.push({ after, name, text: textOfRecord(name, source) });
}

function textOfRecord(name: PlannedMoment['name'], source: TextSource): string {
  if (name === 'tclo.send') return eventText(grammarBytes(source));
  if (name === 'guest.kv') return eventText(grammarBytes(source, USER_TEXTS));
  if (name === 'suspend') return source.form % 2 === 1 ? 'quiet' : '';
  return name === 'backup' && source.form % 2 === 1 ? 'abort' : '';
}

/** Whether an event takes the text. */
function isPossibleText(name: PlannedMoment['name'], text: string): boolean {
  if (name === 'tclo.send') return text !== '';
  return name !== 'guest.kv' || /^(?:read \S+|write \S+ .+)$/.test(text);
}

const textSource = (data: Uint8Array): TextSource => ({
  index: data[0] as number,
  form: (data[1] as number) % FORM_COUNT,
  number: (data[2] as number) | ((data[3] as number) << 8),
  free: data.subarray(4),
});

function faultOf(kind: Operation, data: Uint8Array): HostFault {
  switch (kind) {
    case 'messageText':
    case 'payloadText':
      return { kind: kind === 'messageText' ? 'message' : 'payload', hex: toHex(grammarBytes(textSource(data))) };
    case 'message':
    case 'payload':
      return { kind, hex: toHex(data.subarray(1, 1 + ((data[0] as number) % data.length))) };
    case 'registers':
      return { kind, ...register(data, 0), ...register(data, 6) };
    case 'wrongLength':
      return { kind, by: numberOf(data[0] as number, readWord(data, 4)) | 0 };
    case 'oversize':
      return { kind, size: numberOf(data[0] as number, readWord(data, 4)) };
    case 'stall':
      return { kind, for: (readWord(data, 0) % TIME_UNITS) * TIME_UNIT };
    default:
      return { kind };
  }
}

/** A register and its value; none where the register's number is too large. */
function register(data: Uint8Array, at: number): Partial<Record<(typeof FAULT_REGISTERS)[number], number>> {
  const name = FAULT_REGISTERS[(data[at] as number) & 7];
  return name === undefined ? {} : { [name]: numberOf(data[at + 1] as number, readWord(data, at + 2)) };
}

/** The bytes of a fault that has some. */
export const faultBytes = (fault: HostFault): Uint8Array =>
  'hex' in fault ? fromHex(fault.hex ?? '') : new Uint8Array(0);
