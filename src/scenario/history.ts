import { COMMANDS } from '../tclo-host/index.ts';
import type { AccessFact } from './access.ts';
import { formatSeconds } from './time.ts';
import type { Watcher } from './watcher.ts';

const KEPT = 8;

/** The last port accesses of a run, for findings to show. */
export class AccessHistory implements Watcher {
  #facts: AccessFact[] = [];
  readonly #where: (pc: bigint) => string;

  /** @param where names an address for people. */
  constructor(where: (pc: bigint) => string) {
    this.#where = where;
  }

  access(fact: AccessFact): void {
    this.#facts.push(fact);
    if (this.#facts.length > KEPT) this.#facts.shift();
  }

  /** The instruction of the last access; null before the first. */
  get last(): bigint | null {
    return this.#facts.at(-1)?.pc ?? null;
  }

  /** The last accesses as they are now. */
  get facts(): readonly AccessFact[] {
    return [...this.#facts];
  }

  get texts(): string[] {
    return this.describe(this.#facts);
  }

  /** Accesses for people, a line each. */
  describe(facts: readonly AccessFact[]): string[] {
    return facts.map((fact) => `${formatSeconds(fact.at)}s ${describe(fact)} at ${this.#where(fact.pc)}`);
  }
}

function describe({ port, command, call, outcome, fault }: AccessFact): string {
  const planned = fault === null ? '' : ` (fault ${fault.kind})`;
  if (call === null) {
    const name = COMMANDS.find(({ number }) => number === command)?.name;
    return `${name ?? (command === null ? `port 0x${port.toString(16)}` : `command 0x${command.toString(16)}`)}${planned}`;
  }
  const channel = call.channel === null ? '' : ` #${call.channel}`;
  const text = call.command === null ? '' : ` "${call.command}"`;
  return `${call.protocol ?? 'no channel'}.${call.step}${channel}${text}: ${outcome}${planned}`;
}
