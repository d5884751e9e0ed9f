/** Where the present time is kept: cpu's `Machine` has it as `now`, integer nanoseconds. */
export interface TimeSource {
  now: number;
  /** The guest was told what time it is. */
  timeRead: boolean;
}

/** Something due at a time. Plain data, so that a snapshot holds it. */
export interface Alarm<T> {
  /** Virtual nanoseconds. */
  readonly at: number;
  /** Counts arming: of two alarms of one time the one armed first goes first. */
  readonly order: number;
  /** Who armed it; a second alarm of the same key takes the place of the first. */
  readonly key: string;
  readonly payload: T;
}

export interface ClockState<T> {
  readonly alarms: readonly Alarm<T>[];
  readonly armed: number;
}

/** Virtual time and the alarms of one kernel. Time never moves by itself: the owner and the guest's code move it. */
export class Clock<T = unknown> {
  readonly #time: TimeSource;
  /** Ascending by time, then by order of arming. */
  #alarms: Alarm<T>[] = [];
  #armed = 0;

  constructor(time: TimeSource) {
    this.#time = time;
  }

  /** Virtual nanoseconds since the start. */
  get now(): number {
    return this.#time.now;
  }

  set now(value: number) {
    this.#time.now = value;
  }

  /** The same, for the guest to know. */
  tell(): number {
    this.#time.timeRead = true;
    return this.#time.now;
  }

  arm(key: string, at: number, payload: T): void {
    this.disarm(key);
    const alarm = { at, order: this.#armed++, key, payload };
    const later = this.#alarms.findIndex((other) => other.at > at);
    this.#alarms.splice(later < 0 ? this.#alarms.length : later, 0, alarm);
  }

  /** True if such an alarm was pending. */
  disarm(key: string): boolean {
    const index = this.#alarms.findIndex((alarm) => alarm.key === key);
    if (index >= 0) this.#alarms.splice(index, 1);
    return index >= 0;
  }

  isArmed(key: string): boolean {
    return this.#alarms.some((alarm) => alarm.key === key);
  }

  /** The alarm that is next comes so much later; it stays the next. */
  postponeNext(nanoseconds: number): void {
    const [next, ...others] = this.#alarms;
    if (next !== undefined) this.#alarms = [{ ...next, at: next.at + nanoseconds }, ...others];
  }

  /** Time of the next alarm, null if none is pending. */
  nextDeadline(): number | null {
    return this.#alarms[0]?.at ?? null;
  }

  /** The next alarm of those that `admits` likes. */
  next(admits: (alarm: Alarm<T>) => boolean = () => true): Alarm<T> | null {
    return this.#alarms.find(admits) ?? null;
  }

  /** Takes the next alarm out if its time has come. */
  takeDue(admits?: (alarm: Alarm<T>) => boolean): Alarm<T> | null {
    const next = this.next(admits);
    if (next === null || next.at > this.now) return null;
    this.disarm(next.key);
    return next;
  }

  snapshot(): ClockState<T> {
    return { alarms: [...this.#alarms], armed: this.#armed };
  }

  restore(state: ClockState<T>): void {
    this.#alarms = [...state.alarms];
    this.#armed = state.armed;
  }
}
