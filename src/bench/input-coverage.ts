import { answerFate, type Guest } from '../guest/index.ts';
import { hex } from '../hex.ts';
import type { AccessFact, Watcher } from '../judge/index.ts';
import type { DecodedCall, OutputRegister, PortAccess, PortProbe } from '../protocol/index.ts';
import type { HostFault } from '../tclo-host/index.ts';
import { type Answered, callName, fieldsOf, firstWord, knownCases, outputsOf } from './answer-fields.ts';
import type { Bench, BenchObserver } from './bench.ts';

/** One value, or kind of value, that a host input had. */
export interface InputCase {
  readonly value: string;
  readonly executions: number;
  /**
   * Whether the driver went on otherwise than behind the most frequent case: other accesses or messages among the next
   * four, or other prints between them. Null: there is nothing to compare it with.
   */
  readonly changed: boolean | null;
}

/** One thing that a driver gets from the host at one instruction. */
export interface HostInput {
  /** `0x` and hex digits. */
  readonly address: string;
  /** `vm_rpc_send+0x12 (vmt_rpc.c:126)`. */
  readonly place: string;
  /** `OPEN`, `GETVERSION`, `port 0x3f8`. */
  readonly call: string;
  /** `status`, `message`, `length`, or a register. */
  readonly field: string;
  readonly register: OutputRegister | null;
  /** Whether the code behind the instruction reads the register; null: it is not known. */
  readonly read: boolean | null;
  readonly cases: readonly InputCase[];
  /** Cases of the protocol that were not tried. */
  readonly untried: readonly string[];
}

/** Different values of one field that are told apart; the rest counts together. */
const MOST_CASES = 24;
const OTHERS = 'other values';

interface Tried {
  executions: number;
  /** What the driver did next. */
  readonly next: Set<string>;
}

interface Input extends Pick<HostInput, 'address' | 'place' | 'call' | 'field' | 'register' | 'read'> {
  /** Cases that the protocol has. */
  readonly known: readonly string[];
  readonly cases: Map<string, Tried>;
}

/** Accesses behind a case that show what the driver does with it: an answer of TCLO takes three. */
const WINDOW = 4;

/** A case whose consequence is still to come. */
interface Pending {
  readonly tried: readonly Tried[];
  /** What the driver has done since. */
  readonly actions: string[];
}

/** Which host inputs a driver got, in which cases, and what it did with them: over all benches that it observes. */
export class InputCoverage implements BenchObserver {
  readonly #inputs = new Map<string, Input>();

  opened(bench: Bench): void {
    const watcher = new InputWatcher(bench, this);
    bench.watchers.push(watcher);
    bench.bus.probe = watcher;
  }

  closing(_bench: Bench): void {
    // What was seen is noted at each access.
  }

  /** By address and field. */
  get inputs(): HostInput[] {
    return [...this.#inputs.values()].map(inputOf).sort((a, b) => Number(BigInt(a.address) - BigInt(b.address)));
  }

  /** Notes one case, and returns it for what follows. */
  note(key: string, make: () => Omit<Input, 'cases'>, value: string): Tried {
    let input = this.#inputs.get(key);
    if (input === undefined) {
      input = { ...make(), cases: new Map() };
      this.#inputs.set(key, input);
    }
    const name = input.cases.has(value) || input.cases.size < MOST_CASES ? value : OTHERS;
    const tried = input.cases.get(name) ?? { executions: 0, next: new Set<string>() };
    input.cases.set(name, tried);
    tried.executions += 1;
    return tried;
  }
}

function inputOf({ cases, known, ...input }: Input): HostInput {
  const usual = [...cases.values()].reduce((most, one) => (one.executions > most.executions ? one : most));
  return {
    ...input,
    cases: [...cases].map(([value, { executions, next }]) => ({
      value,
      executions,
      changed: cases.size === 1 ? null : [...next].some((action) => !usual.next.has(action)),
    })),
    untried: known.filter((value) => !cases.has(value)),
  };
}

/** The probe of a bench: it sees the registers of each answer, and as a watcher what the bench makes of the access. */
class InputWatcher implements Watcher, PortProbe<HostFault> {
  readonly #bench: Bench;
  readonly #coverage: InputCoverage;
  #pending: Pending[] = [];
  /** The number of the next access: another one comes from a restored state. */
  #number = 0;
  #printed = false;
  #fact: AccessFact | null = null;

  constructor(bench: Bench, coverage: InputCoverage) {
    this.#bench = bench;
    this.#coverage = coverage;
  }

  before(access: PortAccess, call: DecodedCall): HostFault | null {
    return this.#bench.before(access, call);
  }

  access(fact: AccessFact): void {
    this.#fact = fact;
  }

  after(access: PortAccess, fault: HostFault | null): void {
    // The registers of the answer: a bench that lets a soft interrupt in changes them.
    const registers = outputsOf(access.registers);
    this.#bench.after(access, fault);
    const fact = this.#fact;
    this.#fact = null;
    if (fact !== null)
      this.#note(fact, {
        registers,
        string: access.string,
        out: access.string && access.direction === 'out',
        data: access.data,
      });
  }

  #note(fact: AccessFact, answer: Answered): void {
    const { guest, ports } = this.#bench;
    const call = callName(fact);
    const site = `${fact.pc} ${call}`;
    const said = answer.out ? ` ${firstWord(answer.data)}` : '';
    this.#follow(ports.accesses - 1, `${this.#printed ? 'prints, ' : ''}${site}${said}`);
    this.#printed = false;
    const tried = fieldsOf(fact, answer).map(({ field, register, value }) => {
      const make = (): Omit<Input, 'cases'> => ({
        address: hex(fact.pc),
        place: this.#bench.where(fact.pc),
        call,
        field,
        register,
        read: register === null ? null : isRead(guest, fact.pc, register),
        known: knownCases(fact, field),
      });
      return this.#coverage.note(`${site} ${field}`, make, value);
    });
    this.#pending.push({ tried, actions: [] });
    this.#number = ports.accesses;
  }

  console(): void {
    this.#printed = true;
  }

  /** Adds an access to the cases that wait for it. */
  #follow(number: number, action: string): void {
    if (number !== this.#number) this.#pending = [];
    for (const { tried, actions } of this.#pending) {
      actions.push(action);
      if (actions.length === WINDOW) for (const { next } of tried) next.add(actions.join('; '));
    }
    this.#pending = this.#pending.filter(({ actions }) => actions.length < WINDOW);
  }
}

function isRead(guest: Guest, pc: bigint, register: OutputRegister): boolean | null {
  const fate = answerFate(guest, pc, register);
  return fate === null ? null : fate.kind === 'read' || fate.kind === 'return';
}
