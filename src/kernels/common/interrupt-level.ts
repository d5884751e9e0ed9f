import type { Guard } from '../../guest/index.ts';
import { copyState } from '../../plain.ts';
import { ADDRESS_KEYS, type StateCell, type States, Table } from '../../state.ts';

interface LevelState {
  level: number;
  /** By the address of a mutex that is held: the level before. */
  before: Record<string, number>;
}

/**
 * spl(9): the level that the processor runs at. What is of that level or below waits. A call begins at level 0, and
 * what it forgets to lower is its own affair.
 */
export class InterruptLevel implements Guard {
  readonly #state: StateCell<LevelState>;
  readonly #before: Table<bigint, number>;

  constructor(states: States) {
    const state = states.cell<LevelState>('spl', { level: 0, before: {} });
    this.#state = state;
    this.#before = new Table(
      ADDRESS_KEYS,
      () => state.now.before,
      () => state.change.before,
    );
  }

  get level(): number {
    return this.#state.now.level;
  }

  /** @returns the level before. */
  raise(level: number): number {
    return this.set(Math.max(this.level, level));
  }

  /** @returns the level before. */
  set(level: number): number {
    const before = this.level;
    if (level !== before) this.#state.change.level = level;
    return before;
  }

  /** A mutex that raises the level while it is held. */
  take(mutex: bigint, level: number): void {
    this.#before.set(mutex, this.raise(level));
  }

  giveBack(mutex: bigint): void {
    this.set(this.#before.get(mutex) ?? this.level);
    this.#before.delete(mutex);
  }

  begin(): void {
    this.set(0);
    this.#before.clear();
  }

  leave(): LevelState {
    return copyState(this.#state.now as LevelState, 2);
  }

  enter(state: unknown): void {
    const { level, before } = state as LevelState;
    this.set(level);
    this.#state.change.before = { ...before };
  }
}
