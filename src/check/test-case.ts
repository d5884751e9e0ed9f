import type { InjectionKind } from './injection-kinds.ts';

/** One injection of a test case. */
export interface PlannedInjection {
  /** The number of the port access, from 0. */
  readonly access: number;
  readonly kind: InjectionKind;
}

/** One execution to perform. Plain data. */
export interface TestCase {
  /** Its number in the campaign. Of the findings of one cause the report shows the one with the lowest number. */
  readonly order: number;
  /** The host, by its index in the campaign's list. */
  readonly variant: number;
  /** In the order of their accesses. Empty for the baseline run. */
  readonly injections: readonly PlannedInjection[];
}

/** A port access and what can be injected at it. */
export interface InjectionSite {
  /** The number of the access, from 0. */
  readonly access: number;
  readonly kinds: readonly InjectionKind[];
}
