import type { HostEvent } from '../tclo-host/index.ts';
import type { PlannedEvent } from './event.ts';

/** How far a schedule has come: plain data. */
export interface ScheduleState {
  /** When each timed event is due next; null: never again, or on a condition. */
  readonly due: readonly (number | null)[];
  /** What the conditions have counted. */
  readonly counted: readonly number[];
  /** Events whose condition has come, not yet handed out. */
  readonly ready: readonly number[];
  /** The last message posted on each channel. */
  readonly posted: readonly (readonly [number, string])[];
}

/** The planned events of a run, in order of their time and then of the plan. */
export class Schedule {
  readonly events: readonly PlannedEvent[];
  #due: (number | null)[];
  #counted: number[];
  #ready: number[] = [];
  #posted = new Map<number, string>();

  constructor(events: readonly PlannedEvent[]) {
    this.events = events;
    this.#due = events.map(({ when }) => (when.kind === 'at' || when.kind === 'every' ? when.ns : null));
    this.#counted = events.map(() => 0);
  }

  /** Virtual ns of the next event; `now` or before for one whose condition has come. Null: none is to come by itself. */
  nextDeadline(): number | null {
    if (this.#ready.length > 0) return 0;
    return this.#due.reduce((least, due) => (due === null || (least !== null && least <= due) ? least : due), null);
  }

  /** Whether an event waits whose condition has come. */
  get conditionMet(): boolean {
    return this.#ready.length > 0;
  }

  /** The next event that is due at `now`; null: none. */
  take(now: number): PlannedEvent['event'] | null {
    const index = this.#ready.shift() ?? this.#takeTimed(now);
    return index === null ? null : (this.events[index] as PlannedEvent).event;
  }

  #takeTimed(now: number): number | null {
    const next = this.nextDeadline();
    if (next === null || next > now) return null;
    const index = this.#due.indexOf(next);
    const { when } = this.events[index] as PlannedEvent;
    this.#due[index] = when.kind === 'every' ? next + when.ns : null;
    return index;
  }

  /** A console line came. */
  console(text: string): void {
    for (const [index, { when }] of this.events.entries()) {
      if (when.kind === 'console' && this.#counted[index] === 0 && when.pattern.test(text)) this.#count(index, 1);
    }
  }

  /** Something happened at the host. */
  hostEvent({ kind, channel = -1, text }: HostEvent): void {
    if (kind === 'post') this.#posted.set(channel, text);
    else if (kind === 'reply') this.#word(this.#posted.get(channel) ?? '');
    else if (kind === 'rpci') this.#word(text);
    else if (kind === 'open') this.#word(`${text.split(' ')[0]}.open`);
  }

  /** The events that have not come. */
  get untriggered(): PlannedEvent[] {
    return this.events.filter(({ when }, index) =>
      when.kind === 'at' ? this.#due[index] !== null : when.kind !== 'every' && !this.#fired(index),
    );
  }

  snapshot(): ScheduleState {
    return { due: [...this.#due], counted: [...this.#counted], ready: [...this.#ready], posted: [...this.#posted] };
  }

  /** What decides all that it does from now on: counts matter as long as an event waits for them. */
  future(): unknown {
    const waits = this.events.map(
      ({ when }, index) => when.kind !== 'at' && when.kind !== 'every' && !this.#fired(index),
    );
    const counted = this.#counted.map((count, index) => (waits[index] ? count : null));
    return [this.#due, counted, this.#ready, waits.includes(true) ? [...this.#posted] : null];
  }

  restore(state: ScheduleState): void {
    this.#due = [...state.due];
    this.#counted = [...state.counted];
    this.#ready = [...state.ready];
    this.#posted = new Map(state.posted);
  }

  #word(text: string): void {
    const [word] = text.split(' ');
    for (const [index, { when }] of this.events.entries()) {
      if (when.kind === 'after' && (when.word === word || when.word === text)) this.#count(index, when.count);
    }
  }

  #count(index: number, wanted: number): void {
    const count = (this.#counted[index] as number) + 1;
    this.#counted[index] = count;
    if (count === wanted) this.#ready.push(index);
  }

  #fired(index: number): boolean {
    const { when } = this.events[index] as PlannedEvent;
    return (this.#counted[index] as number) >= (when.kind === 'after' ? when.count : 1);
  }
}
