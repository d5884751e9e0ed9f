import { VmtbenchError } from '../errors.ts';
import { MESSAGE_STEPS, type MessageStep } from '../protocol/index.ts';
import { similar } from '../similar.ts';
import type { HostCall } from '../tclo-host/index.ts';
import { parseTime } from './time.ts';
import type { Word } from './words.ts';

/** Selects port accesses: the keys that faults and preemptions share. */
export interface AccessPattern {
  readonly protocol: 'rpci' | 'tclo' | 'any' | 'port';
  readonly step: MessageStep | 'any';
  /** The request's or message's text starts with this. */
  readonly command: string | null;
  readonly channel: number | null;
  /** Accesses before this virtual time, in nanoseconds, do not count. */
  readonly from: number;
  /** Nor do accesses from this time on; null: it has no end. */
  readonly until: number | null;
}

/** Whether an access matches; `call` is null for one that is no message call. */
export function matchesAccess(pattern: AccessPattern, call: HostCall | null, now: number): boolean {
  const { protocol, step, command, channel, from, until } = pattern;
  if (now < from || (until !== null && now >= until)) return false;
  if (channel !== null && channel !== call?.channel) return false;
  if (command !== null && call?.command?.startsWith(command) !== true) return false;
  if (protocol === 'port') return true;
  if (call === null || (protocol !== 'any' && protocol !== call.protocol)) return false;
  return step === 'any' || step === call.step;
}

const PROTOCOLS = ['rpci', 'tclo', 'any'] as const;
const STEP_WORDS = [
  'port.any',
  ...PROTOCOLS.flatMap((name) => [...MESSAGE_STEPS, 'any'].map((step) => `${name}.${step}`)),
];

/** Reads the keys of a line, each once. All its errors have one code and one hint. */
export class LineKeys {
  readonly source: string;
  readonly #code: string;
  readonly #hint: string;
  readonly #keys = new Map<string, string>();

  constructor(source: string, code: string, hint: string) {
    this.source = source;
    this.#code = code;
    this.#hint = hint;
  }

  wrong(message: string, hint: string = this.#hint): VmtbenchError {
    return new VmtbenchError(this.#code, message, hint);
  }

  /** @returns false for a bare word that needs a value or is no key. */
  add({ key, value }: Word, alone: readonly string[]): boolean {
    const name = key ?? (alone.includes(value) ? value : null);
    if (name === null) return false;
    if (this.#keys.has(name)) throw this.wrong(`"${this.source}" says ${name} twice`);
    this.#keys.set(name, value);
    return true;
  }

  has(name: string): boolean {
    return this.#keys.has(name);
  }

  take(name: string): string | null {
    const value = this.#keys.get(name) ?? null;
    this.#keys.delete(name);
    return value;
  }

  takeTime(name: string): number | null {
    const value = this.take(name);
    return value === null ? null : parseTime(value);
  }

  takeInteger(name: string): number | null {
    const value = this.take(name);
    if (value === null) return null;
    const number = /^-?(0x[0-9a-f]+|\d+)$/i.test(value)
      ? Number(value.replace('-', '')) * (value.startsWith('-') ? -1 : 1)
      : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    throw this.wrong(`"${this.source}": ${name}=${value} is no whole number`);
  }

  takeNumber(name: string): number | null {
    const number = this.takeInteger(name);
    if (number !== null && number < 0) throw this.wrong(`"${this.source}": ${name}=${number} is below 0`);
    return number;
  }

  /** `nth=N` or `every`; null: neither. */
  takeNth(): number | 'every' | null {
    const every = this.take('every') !== null;
    const nth = this.takeNumber('nth');
    if (every && nth !== null) throw this.wrong(`"${this.source}" says both nth and every`);
    if (nth !== null && nth < 1) throw this.wrong(`"${this.source}": nth counts from 1`);
    return every ? 'every' : nth;
  }

  /** The keys that every pattern has, and its step. */
  takePattern(step: Pick<AccessPattern, 'protocol' | 'step'>): AccessPattern {
    const channel = this.takeNumber('channel');
    const [from, until] = [this.takeTime('from') ?? 0, this.takeTime('until')];
    if (until !== null && until <= from) throw this.wrong(`"${this.source}" ends before it begins`);
    return { ...step, command: this.take('command'), channel, from, until };
  }

  /** `rpci.send`, `port.any` */
  parseStep(word: string): Pick<AccessPattern, 'protocol' | 'step'> {
    const [name = '', step = '', extra] = word.split('.');
    if (extra === undefined && word === 'port.any') return { protocol: 'port', step: 'any' };
    const protocol = PROTOCOLS.find((known) => known === name);
    const found = step === 'any' ? 'any' : MESSAGE_STEPS.find((known) => known === step);
    if (protocol !== undefined && found !== undefined && extra === undefined) return { protocol, step: found };
    const near = similar(word, STEP_WORDS);
    throw this.wrong(
      `"${this.source}" does not start with a step`,
      `${near === null ? '' : `Did you mean ${near}? `}Steps are port.any, or one of ${PROTOCOLS.join(', ')}, a dot, and one of ${MESSAGE_STEPS.join(', ')}, any.`,
    );
  }

  /** After everything was taken. @param owner of the keys, for people. */
  refuseRest(owner: string): void {
    const [unknown] = this.#keys.keys();
    if (unknown !== undefined) throw this.wrong(`"${this.source}": ${owner} has no key ${unknown}`);
  }
}
