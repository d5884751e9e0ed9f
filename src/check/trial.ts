import type { StrikeKind } from './strikes.ts';

/** What strikes at which port access, counted from 0. */
export interface PlannedStrike {
  readonly access: number;
  readonly kind: StrikeKind;
}

/** One life to be lived: plain data. */
export interface Trial {
  /** Its place among all trials: of two findings of one cause the earlier trial's is told. */
  readonly order: number;
  /** Which of the hosts. */
  readonly variant: number;
  /** In the order of their accesses; none is the life without faults. */
  readonly strikes: readonly PlannedStrike[];
}

/** A port access of a life, as far as those who plan the next trials ask. */
export interface Site {
  readonly access: number;
  readonly kinds: readonly StrikeKind[];
}
