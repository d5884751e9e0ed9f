import { formatSeconds } from '../plan/index.ts';
import { COMMANDS } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';
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

  /** As they are now, the oldest first. */
  get facts(): readonly AccessFact[] {
    const oldest = this.#count % KEPT;
    if (this.#count <= KEPT) return this.#facts.slice();
    return [...this.#facts.slice(oldest), ...this.#facts.slice(0, oldest)];
  }
}

/** The same, for findings to show. */
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
  if (call === null) return `${nameOfAccess(fact)}${planned}`;
  const channel = call.channel === null ? '' : ` #${call.channel}`;
  const text = call.command === null ? '' : ` "${call.command}"`;
  return `${nameOfAccess(fact)}${channel}${text}: ${outcome}${planned}`;
}

/** What an access asked for: `GETVERSION`, `rpci.open`, or the port that it was to. */
export function nameOfAccess({ port, command, call }: AccessFact): string {
  if (call !== null) return `${call.protocol ?? 'no channel'}.${call.step}`;
  if (command === null) return `port 0x${port.toString(16)}`;
  return COMMANDS.find(({ number }) => number === command)?.name ?? `command 0x${command.toString(16)}`;
}
