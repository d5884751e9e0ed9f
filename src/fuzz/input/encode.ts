import { bytesOf } from '../../protocol/index.ts';
import { FAULT_REGISTERS, type HostFault } from '../../tclo-host/index.ts';
import { faultBytes, MOST_POINTS, TIME_UNIT, TIME_UNITS } from './decode.ts';
import { APPENDS, FREE_FORM } from './grammar.ts';
import { RAW_NUMBER, writeWord } from './numbers.ts';
import { EVENTS, OPERATIONS, PLACES, type Place, PROTOCOL_STATES, STARTS, USERS } from './places.ts';
import type { FuzzPlan, PlannedAnswer, PlannedMoment } from './plan.ts';
import { HEAD, inputOf, MOST_RECORDS, nthByte, RECORD } from './records.ts';

const DATA = RECORD - HEAD;
/** Bytes of its own that a text record has. */
const FREE = DATA - 6;

/** The input that says as much of a plan as inputs can: what it cannot say is left out. */
export function encodePlan({ start, answers, moments, preemptions }: FuzzPlan): Uint8Array {
  const records = [
    ...(start === 'attach' ? [] : [recordAt('start', 0, 0, STARTS.indexOf(start))]),
    ...answers.flatMap(encodeAnswer),
    ...moments.flatMap(encodeMoment),
    ...preemptions.flatMap((point) => (point > MOST_POINTS ? [] : [preemption(point)])),
  ];
  return inputOf(records.slice(0, MOST_RECORDS));
}

function recordAt(place: Place, state: number, which: number, operation: number): Uint8Array {
  const record = new Uint8Array(RECORD);
  record.set([PLACES.indexOf(place), state, which, operation]);
  return record;
}

function preemption(point: number): Uint8Array {
  const record = recordAt('preempt', 0, 0, 0);
  writeWord(record, HEAD, point - 1);
  return record;
}

function encodeAnswer({ place, state, nth, times, fault }: PlannedAnswer): Uint8Array[] {
  const which = nthByte(nth, times);
  const operation = OPERATIONS.get(place)?.indexOf(fault.kind) ?? -1;
  if (which === null || operation < 0) return [];
  return dataOf(fault).map((data) => {
    const record = recordAt(place, PROTOCOL_STATES.indexOf(state), which, operation);
    record.set(data, HEAD);
    return record;
  });
}

/** The data of the records that make a fault. */
function dataOf(fault: HostFault): Uint8Array[] {
  switch (fault.kind) {
    case 'message':
    case 'payload':
      return pieces(faultBytes(fault), DATA - 1).map((piece) => Uint8Array.from([piece.length, ...piece]));
    case 'registers':
      return registerData(fault);
    case 'wrongLength':
      return [number(RAW_NUMBER, 4, fault.by ?? 1)];
    case 'oversize':
      return [number(RAW_NUMBER, 4, fault.size ?? 0x7fffffff)];
    case 'stall':
      return [number(0, 0, Math.min(Math.round((fault.for ?? 5e9) / TIME_UNIT), TIME_UNITS - 1))];
    default:
      return [new Uint8Array(0)];
  }
}

function number(mode: number, at: number, value: number): Uint8Array {
  const data = new Uint8Array(DATA);
  data[0] = mode;
  writeWord(data, at, value);
  return data;
}

const NO_REGISTER = 7;

function registerData(fault: HostFault & { readonly kind: 'registers' }): Uint8Array[] {
  const set = FAULT_REGISTERS.flatMap((name, index): [number, number][] => {
    const value = fault[name];
    return value === undefined ? [] : [[index, value]];
  });
  const records: Uint8Array[] = [];
  do {
    const data = new Uint8Array(DATA);
    for (const at of [0, 6]) {
      const [index = NO_REGISTER, value = 0] = set.shift() ?? [];
      data[at] = index;
      data[at + 1] = RAW_NUMBER;
      writeWord(data, at + 2, value);
    }
    records.push(data);
  } while (set.length > 0);
  return records;
}

function encodeMoment({ after, name, text }: PlannedMoment): Uint8Array[] {
  const user = (USERS as readonly string[]).indexOf(name);
  const operation = user >= 0 ? user : EVENTS.indexOf(name as (typeof EVENTS)[number]);
  const units = Math.min(Math.round(after / TIME_UNIT), TIME_UNITS - 1);
  const isFree = name === 'tclo.send' || name === 'guest.kv';
  const texts = isFree ? pieces(bytesOf(text), FREE) : [new Uint8Array(0)];
  return texts.map((piece, index) => {
    const record = recordAt(user >= 0 ? 'user' : 'event', 0, 0, operation);
    const form = isFree ? (index === 0 ? FREE_FORM : APPENDS) : text === '' ? 0 : 1;
    record.set([units & 0xff, units >> 8, 0, form, 0, 0, ...piece], HEAD);
    return record;
  });
}

/** At least one. */
function pieces(bytes: Uint8Array, most: number): Uint8Array[] {
  const all = [bytes.subarray(0, most)];
  for (let at = most; at < bytes.length; at += most) all.push(bytes.subarray(at, at + most));
  return all;
}
