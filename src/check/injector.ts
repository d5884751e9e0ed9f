import type { Injector } from '../bench/index.ts';
import type { PreemptionPoint } from '../plan/index.ts';
import type { HostCall, HostFault } from '../tclo-host/index.ts';
import { type InjectionKind, injectionOf, LASTS, SECOND_WITHIN } from './injection-kinds.ts';
import type { PlannedInjection } from './test-case.ts';

/** A fault that hits more accesses like its first one. */
interface Lasting {
  readonly fault: HostFault;
  readonly call: HostCall;
  /** Virtual nanoseconds. */
  readonly until: number;
  /** It hits one access more. */
  readonly once: boolean;
}

/** Injects the faults and preemptions of one test case, each at its access, in the order of their accesses. */
export class TestCaseInjector implements Injector {
  readonly #injections: readonly PlannedInjection[];
  readonly #now: () => number;
  readonly #repeated: number[] = [];
  #injected = 0;
  #lasting: Lasting | null = null;

  /** @param now virtual nanoseconds; only faults that hit more than once need it. */
  constructor(injections: readonly PlannedInjection[], now: () => number = () => 0) {
    this.#injections = injections;
    this.#now = now;
  }

  /** How many injections the guest has met so far. */
  get injected(): number {
    return this.#injected;
  }

  /** The accesses that a fault hit after its first one. */
  get repeated(): readonly number[] {
    return this.#repeated;
  }

  get isDone(): boolean {
    return this.#injected === this.#injections.length && this.#active === null;
  }

  faultAt(call: HostCall | null, access: number): HostFault | null {
    const lasting = this.#active;
    if (lasting !== null && call !== null && isAlike(lasting.call, call)) {
      this.#repeated.push(access);
      if (lasting.once) this.#lasting = null;
      return lasting.fault;
    }
    const kind = this.#kindAt(access);
    const injection = kind === null ? null : injectionOf(kind);
    if (injection === null) return null;
    this.#injected++;
    const { fault, span } = injection;
    if (span === 'once' || call === null) return fault;
    const once = span === 'twice';
    const until = this.#now() + (once ? SECOND_WITHIN : LASTS);
    this.#lasting = { fault: once ? fault : { ...fault, until }, call, until, once };
    return this.#lasting.fault;
  }

  preempts({ access }: PreemptionPoint): boolean {
    if (this.#kindAt(access) !== 'preempt') return false;
    this.#injected++;
    return true;
  }

  get #active(): Lasting | null {
    if (this.#lasting !== null && this.#now() >= this.#lasting.until) this.#lasting = null;
    return this.#lasting;
  }

  #kindAt(access: number): InjectionKind | null {
    const next = this.#injections[this.#injected];
    return next?.access === access ? next.kind : null;
  }
}

/** Whether the step of a fault's line that matches the one also matches the other. */
const isAlike = (one: HostCall, other: HostCall): boolean =>
  one.step === other.step && (one.protocol === null || one.protocol === other.protocol);
