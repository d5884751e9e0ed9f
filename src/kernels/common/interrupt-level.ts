import type { Guard } from '../../guest/index.ts';

interface LevelState {
  readonly level: number;
  readonly before: readonly (readonly [bigint, number])[];
}

/**
 * spl(9): the level that the processor runs at. What is of that level or below waits. A call begins at level 0, and
 * what it forgets to lower is its own affair.
 */
export class InterruptLevel implements Guard {
  #level = 0;
  /** By the address of a mutex that is held: the level before. */
  #before = new Map<bigint, number>();

  get level(): number {
    return this.#level;
  }

  /** @returns the level before. */
  raise(level: number): number {
    return this.set(Math.max(this.#level, level));
  }

  /** @returns the level before. */
  set(level: number): number {
    const before = this.#level;
    this.#level = level;
    return before;
  }

  /** A mutex that raises the level while it is held. */
  take(mutex: bigint, level: number): void {
    this.#before.set(mutex, this.raise(level));
  }

  giveBack(mutex: bigint): void {
    this.set(this.#before.get(mutex) ?? this.#level);
    this.#before.delete(mutex);
  }

  begin(): void {
    this.#level = 0;
    this.#before.clear();
  }

  leave(): LevelState {
    return { level: this.#level, before: [...this.#before] };
  }

  enter(state: unknown): void {
    const { level, before } = state as LevelState;
    this.#level = level;
    this.#before = new Map(before);
  }
}
