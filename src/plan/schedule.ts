import { NUMBER_KEYS, type StateCell, States, Table } from '../state.ts';
import type { HostEvent } from '../tclo-host/index.ts';
import type { PlannedEvent } from './event.ts';

/** The progress of a schedule: plain data. */
export interface ScheduleState {
  /** When each timed event is due next; null: never again, or on a condition. */
  due: (number | null)[];
  /** The counts of the conditions. */
  counted: number[];
  /** Events whose condition is met, not yet taken. */
  ready: number[];
  /** The last message posted on each channel. */
  posted: Record<string, string>;
}

/** The planned events of a run, in order of their time and then of the plan. */
export class Schedule {
  /** Those of the bench's own plan, and behind them those of the execution. */
  events: readonly PlannedEvent[];
  readonly #own: readonly PlannedEvent[];
  readonly state: StateCell<ScheduleState>;
  readonly #posted: Table<number, string>;
  /** Whether an event waits for what happens at the host. */
  #waits: boolean;

  constructor(events: readonly PlannedEvent[], states: States = new States()) {
    this.events = events;
    this.#own = events;
    this.#waits = events.some(waitsForHost);
    const state = states.cell<ScheduleState>('schedule', {
      due: events.map(dueOf),
      counted: events.map(() => 0),
      ready: [],
      posted: {},
    });
    this.state = state;
    this.#posted = new Table(
      NUMBER_KEYS,
      () => state.now.posted,
      () => state.change.posted,
    );
  }

  /** Right behind the bench's `restore`: plans events for this execution, in place of another execution's. */
  extend(events: readonly PlannedEvent[]): void {
    const own = this.#own.length;
    if (events.length === 0 && this.state.now.due.length === own) {
      this.events = this.#own;
      this.#waits = this.events.some(waitsForHost);
      return;
    }
    this.events = [...this.#own, ...events];
    this.#waits = this.events.some(waitsForHost);
    const { change } = this.state;
    change.due = [...change.due.slice(0, own), ...events.map(dueOf)];
    change.counted = [...change.counted.slice(0, own), ...events.map(() => 0)];
    change.ready = change.ready.filter((index) => index < own);
  }

  /** What {@link extend} planned. */
  get extension(): readonly PlannedEvent[] {
    return this.events.slice(this.#own.length);
  }

  /** Virtual ns of the next event; 0 for one whose condition is met. Null: none has a time. */
  nextDeadline(): number | null {
    const { ready, due } = this.state.now;
    if (ready.length > 0) return 0;
    let least: number | null = null;
    for (const at of due) if (at !== null && (least === null || at < least)) least = at;
    return least;
  }

  /** Whether an event is ready whose condition is met. */
  get conditionMet(): boolean {
    return this.state.now.ready.length > 0;
  }

  /** The next event that is due at `now`; null: none. */
  take(now: number): PlannedEvent['event'] | null {
    const index = this.#takeReady() ?? this.#takeTimed(now);
    return index === null ? null : (this.events[index] as PlannedEvent).event;
  }

  #takeReady(): number | undefined {
    return this.conditionMet ? this.state.change.ready.shift() : undefined;
  }

  #takeTimed(now: number): number | null {
    const next = this.nextDeadline();
    if (next === null || next > now) return null;
    const { due } = this.state.change;
    const index = due.indexOf(next);
    const { when } = this.events[index] as PlannedEvent;
    due[index] = when.kind === 'every' ? next + when.ns : null;
    return index;
  }

  /** A console line came. */
  console(text: string): void {
    for (const [index, { when }] of this.events.entries()) {
      if (when.kind === 'console' && this.state.now.counted[index] === 0 && when.pattern.test(text))
        this.#count(index, 1);
    }
  }

  /** Something happened at the host. */
  hostEvent({ kind, channel = -1, text }: HostEvent): void {
    if (!this.#waits) return;
    if (kind === 'post') this.#posted.set(channel, text);
    else if (kind === 'reply') this.#word(this.#posted.get(channel) ?? '');
    else if (kind === 'rpci') this.#word(text);
    else if (kind === 'open') this.#word(`${text.split(' ')[0]}.open`);
  }

  /** The events that have not triggered. */
  get untriggered(): PlannedEvent[] {
    return this.events.filter(({ when }, index) =>
      when.kind === 'at' ? this.state.now.due[index] !== null : when.kind !== 'every' && !this.#fired(index),
    );
  }

  /** Everything that its future depends on: counts matter as long as an event waits for them. */
  future(): unknown {
    const waits = this.events.map(
      ({ when }, index) => when.kind !== 'at' && when.kind !== 'every' && !this.#fired(index),
    );
    const { due, counted, ready, posted } = this.state.now;
    const open = counted.map((count, index) => (waits[index] ? count : null));
    return [due, open, ready, waits.includes(true) ? posted : null];
  }

  #word(text: string): void {
    const [word] = text.split(' ');
    for (const [index, { when }] of this.events.entries()) {
      if (when.kind === 'after' && (when.word === word || when.word === text)) this.#count(index, when.count);
    }
  }

  #count(index: number, wanted: number): void {
    const { counted, ready } = this.state.change;
    const count = (counted[index] as number) + 1;
    counted[index] = count;
    if (count === wanted) ready.push(index);
  }

  #fired(index: number): boolean {
    const { when } = this.events[index] as PlannedEvent;
    return (this.state.now.counted[index] as number) >= (when.kind === 'after' ? when.count : 1);
  }
}

const waitsForHost = ({ when }: PlannedEvent): boolean => when.kind === 'after';

const dueOf = ({ when }: PlannedEvent): number | null => (when.kind === 'at' || when.kind === 'every' ? when.ns : null);
