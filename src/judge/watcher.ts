import type { PreemptionPoint } from '../plan/index.ts';
import type { HostEvent } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';
import type { AbiBreakFact, HeapBlock, PrintedLine } from './execution.ts';

/** Observes a run. Everything it gets is plain, immutable data. */
export interface Watcher {
  access?(fact: AccessFact): void;
  console?(line: PrintedLine): void;
  hostEvent?(hostEvent: HostEvent): void;
  /** Behind this access a soft interrupt may preempt the guest. Reported only where the bench is to report such points. */
  preemptionPoint?(preemptionPoint: PreemptionPoint): void;
  /** The soft interrupt of that point preempts the guest. */
  preempted?(preemptionPoint: PreemptionPoint): void;
  /** The guest has not kept the ABI where it met its kernel. */
  abiBreak?(fact: AbiBreakFact): void;
  /** The guest has booted. `alive`: it attached, and has work to do from now on. `blocks`: its heap, oldest first. */
  booted?(alive: boolean, blocks: readonly HeapBlock[]): void;
  /** The guest is between two calls, and nothing is due. */
  idle?(at: number, blocks: readonly HeapBlock[]): void;
}

/** One call of a watcher: the method and its arguments. */
export type Fact = {
  readonly [K in keyof Watcher]-?: readonly [K, ...Parameters<NonNullable<Watcher[K]>>];
}[keyof Watcher];

/** Keeps the facts that it gets, in order. */
export class Recorder implements Watcher {
  facts: Fact[] = [];

  access(fact: AccessFact): void {
    this.facts.push(['access', fact]);
  }

  console(line: PrintedLine): void {
    this.facts.push(['console', line]);
  }

  hostEvent(hostEvent: HostEvent): void {
    this.facts.push(['hostEvent', hostEvent]);
  }

  preemptionPoint(preemptionPoint: PreemptionPoint): void {
    this.facts.push(['preemptionPoint', preemptionPoint]);
  }

  preempted(preemptionPoint: PreemptionPoint): void {
    this.facts.push(['preempted', preemptionPoint]);
  }

  abiBreak(fact: AbiBreakFact): void {
    this.facts.push(['abiBreak', fact]);
  }

  booted(alive: boolean, blocks: readonly HeapBlock[]): void {
    this.facts.push(['booted', alive, blocks]);
  }

  idle(at: number, blocks: readonly HeapBlock[]): void {
    this.facts.push(['idle', at, blocks]);
  }

  /** The facts since the last call. */
  take(): readonly Fact[] {
    const { facts } = this;
    this.facts = [];
    return facts;
  }
}

/** Replays recorded facts to a watcher. */
export function replayFacts(facts: readonly Fact[], watcher: Watcher): void {
  for (const fact of facts) {
    switch (fact[0]) {
      case 'access':
        watcher.access?.(fact[1]);
        break;
      case 'console':
        watcher.console?.(fact[1]);
        break;
      case 'hostEvent':
        watcher.hostEvent?.(fact[1]);
        break;
      case 'idle':
        watcher.idle?.(fact[1], fact[2]);
        break;
      case 'preemptionPoint':
        watcher.preemptionPoint?.(fact[1]);
        break;
      case 'preempted':
        watcher.preempted?.(fact[1]);
        break;
      case 'abiBreak':
        watcher.abiBreak?.(fact[1]);
        break;
      case 'booted':
        watcher.booted?.(fact[1], fact[2]);
        break;
    }
  }
}
