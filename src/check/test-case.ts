import type { InjectionKind } from './injections.ts';

/** What strikes at which port access, counted from 0. */
export interface PlannedInjection {
  readonly access: number;
  readonly kind: InjectionKind;
}

/** One life to be lived: plain data. */
export interface TestCase {
  /** Its place among all trials: of two findings of one cause the earlier trial's is told. */
  readonly order: number;
  /** Which of the hosts. */
  readonly variant: number;
  /** In the order of their accesses; none is the life without faults. */
  readonly injections: readonly PlannedInjection[];
}

/** A port access of a life, as far as those who plan the next trials ask. */
export interface InjectionSite {
  readonly access: number;
  readonly kinds: readonly InjectionKind[];
}
