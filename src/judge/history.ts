import { hex } from '../hex.ts';
import { formatSeconds } from '../plan/index.ts';
import { commandWords } from '../protocol/index.ts';
import type { AccessFact } from './access.ts';
import { stepText } from './step-text.ts';
import type { Watcher } from './watcher.ts';

const KEPT = 8;

/** The last port accesses of a run. */
export class RecentAccesses {
  /** The n-th access at n modulo its length. */
  readonly #facts: AccessFact[] = [];
  #count = 0;

  access(fact: AccessFact): void {
    this.#facts[this.#count++ % KEPT] = fact;
  }

  /** Oldest first. */
  get facts(): readonly AccessFact[] {
    const oldest = this.#count % KEPT;
    if (this.#count <= KEPT) return this.#facts.slice();
    return [...this.#facts.slice(oldest), ...this.#facts.slice(0, oldest)];
  }
}

/** The last port accesses, as findings show them. */
export class AccessHistory extends RecentAccesses implements Watcher {
  readonly #where: (pc: bigint) => string;

  /** @param where names an address for people. */
  constructor(where: (pc: bigint) => string) {
    super();
    this.#where = where;
  }

  /** The instruction of the last access; null before the first. */
  get last(): bigint | null {
    return this.facts.at(-1)?.pc ?? null;
  }

  get texts(): string[] {
    return this.describe(this.facts);
  }

  /** Accesses for people, a line each. */
  describe(facts: readonly AccessFact[]): string[] {
    return facts.map((fact) => `${formatSeconds(fact.at)}s ${describe(fact)} at ${this.#where(fact.pc)}`);
  }
}

function describe(fact: AccessFact): string {
  const { call, outcome, fault } = fact;
  const planned = fault === null ? '' : ` (fault ${fault.kind})`;
  if (call === null) return `${accessText(fact)}${planned}`;
  const channel = call.channel === null ? '' : ` #${call.channel}`;
  const text = call.command === null ? '' : ` "${call.command}"`;
  return `${accessText(fact)}${channel}${text}: ${outcome}${planned}`;
}

/** The kind of an access for people: `GETVERSION`, `rpci.open`, or its port. */
export function accessText({ port, command, call }: AccessFact): string {
  if (call !== null) return stepText(call);
  if (command === null) return `port ${hex(port)}`;
  return commandWords(command)?.name ?? `command ${hex(command)}`;
}
