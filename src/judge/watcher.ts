import type { PreemptionPoint } from '../plan/index.ts';
import type { HostEvent } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';
import type { HeapBlock, PrintedLine } from './execution.ts';

/** Whoever looks on at a run. All that it is told is plain data that nobody changes. */
export interface Watcher {
  access?(fact: AccessFact): void;
  console?(line: PrintedLine): void;
  hostEvent?(hostEvent: HostEvent): void;
  /** Of a bench that was asked for it: here something may come in between. Told behind the access. */
  preemptionPoint?(preemptionPoint: PreemptionPoint): void;
  /** What may come in between there does. */
  preempted?(preemptionPoint: PreemptionPoint): void;
  /** The guest was brought up. `alive`: it attached, and has something to do from now on. `blocks`: its heap, oldest first. */
  booted?(alive: boolean, blocks: readonly HeapBlock[]): void;
  /** The guest is between two calls, and nothing is due. */
  idle?(at: number, blocks: readonly HeapBlock[]): void;
}

/** One thing that a watcher was told: the method and its arguments. */
export type Fact = {
  readonly [K in keyof Watcher]-?: readonly [K, ...Parameters<NonNullable<Watcher[K]>>];
}[keyof Watcher];

/** Keeps what it is told, in order. */
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

  booted(alive: boolean, blocks: readonly HeapBlock[]): void {
    this.facts.push(['booted', alive, blocks]);
  }

  idle(at: number, blocks: readonly HeapBlock[]): void {
    this.facts.push(['idle', at, blocks]);
  }

  /** What was kept since the last call. */
  take(): readonly Fact[] {
    const { facts } = this;
    this.facts = [];
    return facts;
  }
}

/** Tells a watcher what another one was told. */
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
      case 'booted':
        watcher.booted?.(fact[1], fact[2]);
        break;
    }
  }
}
