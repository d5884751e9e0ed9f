import type { ConsoleLine } from '../guest/index.ts';
import type { HostHappening } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';

/** Whoever looks on at a run. */
export interface Watcher {
  access?(fact: AccessFact): void;
  console?(line: ConsoleLine): void;
  happening?(happening: HostHappening): void;
}
