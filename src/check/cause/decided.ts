import type { SourceFrame } from '../../guest/index.ts';
import type { DecisionName } from './kinds.ts';

/** What a guest decided wrong, and the function that did. */
export interface Decided {
  readonly kind: DecisionName;
  /** Null: not known. */
  readonly frame: SourceFrame | null;
}
