import type { Injector } from '../bench/index.ts';
import type { PreemptionPoint } from '../plan/index.ts';
import type { HostCall, HostFault } from '../tclo-host/index.ts';
import type { InjectionKind } from './injections.ts';
import type { PlannedInjection } from './test-case.ts';

/** Injects the faults and preemptions of one test case, each once, in the order of their accesses. */
export class TestCaseInjector implements Injector {
  readonly #injections: readonly PlannedInjection[];
  #injected = 0;

  constructor(injections: readonly PlannedInjection[]) {
    this.#injections = injections;
  }

  /** How many injections the guest has met so far. */
  get injected(): number {
    return this.#injected;
  }

  get isDone(): boolean {
    return this.#injected === this.#injections.length;
  }

  faultAt(_call: HostCall | null, access: number): HostFault | null {
    const kind = this.#kindAt(access);
    if (kind === null || kind === 'preempt') return null;
    this.#injected++;
    return { kind };
  }

  preempts({ access }: PreemptionPoint): boolean {
    if (this.#kindAt(access) !== 'preempt') return false;
    this.#injected++;
    return true;
  }

  #kindAt(access: number): InjectionKind | null {
    const next = this.#injections[this.#injected];
    return next?.access === access ? next.kind : null;
  }
}
