import { lengthen } from '../occurrences.ts';
import { ruleOf } from './causes.ts';
import type { CheckFinding } from './finding.ts';

/** The part of a finding that is compared with the findings of another guest. */
export type Found = Pick<CheckFinding, 'kind' | 'invariant' | 'triggers'> &
  Partial<Pick<CheckFinding, 'occurrences' | 'cause'>>;

/** The part of a report that is compared. */
export interface Compared {
  readonly findings: readonly Found[];
  /** What was executed, as in a report; absent: the report is of a version that did not say. */
  readonly ran?: Readonly<Record<string, string>>;
  /** Nothing was left out. */
  readonly whole: boolean;
}

/** The change of one rule. The triggers are in words that are the same for both guests. */
export interface Change {
  /** The invariant, or the kind of a finding that breaks none. */
  readonly rule: string;
  /** Triggers that violate the rule before only. */
  readonly healed: readonly string[];
  /** Triggers that violate it before and after. */
  readonly kept: readonly string[];
  /** Triggers that violate it after only. */
  readonly broke: readonly string[];
  /** Triggers that violate it on one side, in executions that the other side did not perform. */
  readonly notComparable: readonly string[];
}

/** The change of one cause, in executions. */
export interface CauseChange {
  readonly cause: string;
  /** Before they show the cause; after they violate none of its rules. */
  readonly healed: number;
  /** They violate its rules on both sides, and show the cause on at least one. */
  readonly kept: number;
  /** After they show the cause; before they violate none of its rules. */
  readonly broke: number;
  readonly notComparable: number;
}

/** Occurrences of a trigger; `any`: all of them, or some that are not known. */
type Which = ReadonlySet<string> | 'any';

/** One side of a comparison. */
class Side {
  readonly #ran: ReadonlyMap<string, Which> | null;
  readonly #whole: boolean;
  /** By trigger, then by rule or cause. */
  readonly rules: ReadonlyMap<string, ReadonlyMap<string, Which>>;
  readonly causes: ReadonlyMap<string, ReadonlyMap<string, Which>>;

  constructor({ findings, ran, whole }: Compared) {
    this.#ran = ran === undefined ? null : new Map(Object.entries(ran).map(([key, text]) => [key, lengthen(text)]));
    this.#whole = whole;
    this.rules = collect(findings, ruleOf);
    this.causes = collect(findings, ({ cause = '' }) => cause);
  }

  /** What it executed of a trigger. An old report says only where something was found, or that nothing was left out. */
  ran(trigger: string): Which | null {
    if (this.#ran !== null) return this.#ran.get(trigger) ?? null;
    return this.#whole || this.rules.has(trigger) ? 'any' : null;
  }

  get isOld(): boolean {
    return this.#ran === null;
  }

  get isWhole(): boolean {
    return this.#whole;
  }
}

/** Compares two guests rule by rule, in the executions that both sides performed. */
export function changesBetween(before: Compared, after: Compared): Change[] {
  const [old, now] = [new Side(before), new Side(after)];
  const changes = new Map<string, Record<Exclude<keyof Change, 'rule'>, string[]>>();
  for (const trigger of triggersOf(old, now)) {
    const [was, is] = [old.rules.get(trigger), now.rules.get(trigger)];
    for (const rule of new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])) {
      const change = changes.get(rule) ?? { healed: [], kept: [], broke: [], notComparable: [] };
      changes.set(rule, change);
      change[outcomeOf(trigger, was?.get(rule), is?.get(rule), old, now)].push(trigger);
    }
  }
  return [...changes].sort(byKey).map(([rule, change]) => ({ rule, ...change }));
}

/** Compares two guests cause by cause. Empty where a side does not say which executions show a cause. */
export function causeChanges(before: Compared, after: Compared): CauseChange[] {
  const [old, now] = [new Side(before), new Side(after)];
  if (old.isOld || now.isOld) return [];
  const rules = rulesOfCauses([...before.findings, ...after.findings]);
  const changes = new Map<string, Record<Exclude<keyof CauseChange, 'cause'>, number>>();
  for (const trigger of triggersOf(old, now)) {
    const [was, is] = [old.causes.get(trigger), now.causes.get(trigger)];
    for (const cause of new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])) {
      const change = changes.get(cause) ?? { healed: 0, kept: 0, broke: 0, notComparable: 0 };
      changes.set(cause, change);
      const shown = [...asSet(was?.get(cause)), ...asSet(is?.get(cause))];
      for (const occurrence of new Set(shown)) {
        change[caseOutcome(trigger, occurrence, rules.get(cause) ?? [], old, now)]++;
      }
    }
  }
  return [...changes].sort(byKey).map(([cause, change]) => ({ cause, ...change }));
}

/** The findings with at least one trigger that violates the rule after only. */
export function newFindings<F extends Found>(findings: readonly F[], changes: readonly Change[]): F[] {
  const broke = new Map(changes.map((change) => [change.rule, new Set(change.broke)]));
  return findings.filter((finding) =>
    Object.keys(finding.triggers).some((trigger) => broke.get(ruleOf(finding))?.has(trigger)),
  );
}

/** Whether a finding is new, known, or neither can be said. */
export function newnessOf(finding: Found, changes: readonly Change[]): 'new' | 'known' | null {
  const change = changes.find(({ rule }) => rule === ruleOf(finding));
  const triggers = Object.keys(finding.triggers);
  if (triggers.some((trigger) => change?.broke.includes(trigger))) return 'new';
  return triggers.some((trigger) => change?.kept.includes(trigger)) ? 'known' : null;
}

function outcomeOf(
  trigger: string,
  was: Which | undefined,
  is: Which | undefined,
  old: Side,
  now: Side,
): Exclude<keyof Change, 'rule'> {
  const common = both(old.ran(trigger), now.ran(trigger));
  if (common === null) return 'notComparable';
  const [violated, violates] = [meets(was, common), meets(is, common)];
  if (violated && violates) return 'kept';
  // Which executions violated it is not known: without all of them none is known to be healed, or to be new.
  if (violated) return was !== 'any' || now.isWhole ? 'healed' : 'notComparable';
  if (violates) return is !== 'any' || old.isWhole ? 'broke' : 'notComparable';
  return 'notComparable';
}

function caseOutcome(
  trigger: string,
  occurrence: string,
  rules: readonly string[],
  old: Side,
  now: Side,
): Exclude<keyof CauseChange, 'cause'> {
  const one = new Set([occurrence]);
  const common = both(both(old.ran(trigger), now.ran(trigger)), one);
  if (common === null) return 'notComparable';
  const violates = (side: Side): boolean => rules.some((rule) => meets(side.rules.get(trigger)?.get(rule), one));
  if (!violates(now)) return 'healed';
  return violates(old) ? 'kept' : 'broke';
}

function collect(
  findings: readonly Found[],
  keyOf: (finding: Found) => string,
): ReadonlyMap<string, ReadonlyMap<string, Which>> {
  const byTrigger = new Map<string, Map<string, Which>>();
  for (const finding of findings) {
    const key = keyOf(finding);
    for (const trigger of Object.keys(finding.triggers)) {
      const text = finding.occurrences?.[trigger];
      const keys = byTrigger.get(trigger) ?? new Map<string, Which>();
      byTrigger.set(trigger, keys);
      const known = keys.get(key) ?? new Set<string>();
      keys.set(key, text === undefined || known === 'any' ? 'any' : new Set([...known, ...lengthen(text)]));
    }
  }
  return byTrigger;
}

function rulesOfCauses(findings: readonly Found[]): ReadonlyMap<string, readonly string[]> {
  const rules = new Map<string, Set<string>>();
  for (const finding of findings) {
    const { cause = '' } = finding;
    const known = rules.get(cause) ?? new Set<string>();
    rules.set(cause, known.add(ruleOf(finding)));
  }
  return new Map([...rules].map(([cause, set]) => [cause, [...set]]));
}

const triggersOf = (old: Side, now: Side): string[] => [...new Set([...old.rules.keys(), ...now.rules.keys()])].sort();

/** What is in both; null: nothing. */
function both(one: Which | null, other: Which | null): Which | null {
  if (one === null || other === null) return null;
  if (one === 'any') return other;
  if (other === 'any') return one;
  const common = new Set([...one].filter((occurrence) => other.has(occurrence)));
  return common.size === 0 ? null : common;
}

const meets = (which: Which | undefined, common: Which): boolean => which !== undefined && both(which, common) !== null;

const asSet = (which: Which | undefined): ReadonlySet<string> =>
  which === undefined || which === 'any' ? new Set() : which;

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
