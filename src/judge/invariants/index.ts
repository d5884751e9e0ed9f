import { VmtbenchError } from '../../errors.ts';
import { knownWords } from '../../similar.ts';
import type { InvariantName } from '../finding.ts';
import { abi } from './abi.ts';
import { attaches } from './attaches.ts';
import { conforms } from './conforms.ts';
import { contract } from './contract.ts';
import type { Invariant, RunContext } from './invariant.ts';
import { noLeak } from './no-leak.ts';
import { noLostEvent } from './no-lost-event.ts';
import { quiet } from './quiet.ts';
import { recovers } from './recovers.ts';

export { FAULT_RULINGS, type FaultRuling, type OptionRuling, type RulingPlace } from './asked.ts';
export { OPTION_RULINGS } from './asked-options.ts';
export type { Invariant, Judgement, RunContext, RunEnd } from './invariant.ts';
export { optionRulingOf, rulingOf } from './ruling.ts';

/** Makes a fresh rule for one run. */
export type InvariantFactory = (context: RunContext) => Invariant;

/** One rule. */
export interface InvariantRow {
  /** What it demands, in one line. */
  readonly meaning: string;
  /** It judges every run; the other rules judge on request. */
  readonly always: boolean;
  /** It judges a call of one function, too: it needs no time to pass. */
  readonly calls?: true;
  /** Null: a breach ends the run by itself. */
  readonly create: InvariantFactory | null;
}

/** Every rule, by its name. */
export const INVARIANTS: Readonly<Record<InvariantName, InvariantRow>> = {
  memorySafe: {
    meaning: 'the guest touches only its own memory, and sends the host no uninitialised byte',
    always: true,
    create: null,
  },
  noPanic: { meaning: 'the guest does not panic', always: true, create: null },
  hang: { meaning: 'each call of the guest returns', always: true, create: null },
  conforms: {
    meaning: 'without injections, each access is a right call in the right order, and the host refuses none',
    always: true,
    calls: true,
    create: conforms,
  },
  attaches: {
    meaning: 'without injections, and where the host offers the device, the driver attaches',
    always: true,
    create: attaches,
  },
  abi: {
    meaning: 'the guest meets its kernel as the ABI says: flags, stack pointer, registers of the caller, red zone',
    always: true,
    calls: true,
    create: abi,
  },
  contract: {
    meaning: 'with other values in outputs that the protocol leaves open the guest does the same',
    always: true,
    create: contract,
  },
  recovers: {
    meaning: '30 s after the last disturbance the guest polls a TCLO channel that serves, and answers',
    always: true,
    create: recovers,
  },
  quiet: { meaning: 'no console line comes more than 10 times a minute', always: true, create: quiet },
  noLeak: { meaning: 'the guest leaks no channel and no heap block', always: false, create: noLeak },
  noLostEvent: {
    meaning: 'each TCLO request gets exactly one answer, each state change its report, and the report its answer',
    always: false,
    create: noLostEvent,
  },
};

/** What the rules judge: a run, or a call of one function. */
export type JudgedKind = 'run' | 'call';

/** A rule by its name, or the user's own. */
export type InvariantChoice = InvariantName | InvariantFactory;

/** A rule that a run is judged by. */
export interface ChosenInvariant {
  readonly name: string;
  readonly create: InvariantFactory;
}

/**
 * The rules of every run, or of every call, and the chosen ones, each once; without those whose breach ends a run by
 * itself.
 * @throws VmtbenchError `invariant` for an unknown name.
 */
export function chosenInvariants(chosen: readonly InvariantChoice[] = [], kind: JudgedKind = 'run'): ChosenInvariant[] {
  const judges = ({ always, calls }: InvariantRow): boolean => (kind === 'run' ? always : calls === true);
  const names = (Object.keys(INVARIANTS) as InvariantName[]).filter((name) => judges(INVARIANTS[name]));
  return [...new Set<InvariantChoice>([...names, ...chosen])].flatMap((choice) => {
    if (typeof choice === 'function') return [{ name: choice.name, create: choice }];
    const { create } = INVARIANTS[checkInvariant(choice)];
    return create === null ? [] : [{ name: choice, create }];
  });
}

/** @throws VmtbenchError `invariant` for an unknown name. */
export function checkInvariant(name: string): InvariantName {
  if (Object.hasOwn(INVARIANTS, name)) return name as InvariantName;
  const hint = knownWords(name, 'invariants', Object.keys(INVARIANTS));
  throw new VmtbenchError('invariant', `there is no invariant ${name}`, hint);
}
