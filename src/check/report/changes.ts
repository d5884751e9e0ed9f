import type { CheckFinding } from './finding.ts';

/** The part of a finding that is compared with the findings of another guest. */
export type Found = Pick<CheckFinding, 'kind' | 'invariant' | 'triggers'>;

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
}

const ruleOf = ({ invariant, kind }: Pick<Found, 'kind' | 'invariant'>): string => invariant ?? kind;

/** Compares two guests rule by rule. Addresses, lines and counts differ between them; triggers do not. */
export function changesBetween(before: readonly Found[], after: readonly Found[]): Change[] {
  const [old, now] = [triggersByRule(before), triggersByRule(after)];
  const rules = [...new Set([...old.keys(), ...now.keys()])].sort();
  return rules.map((rule) => {
    const [was, is] = [old.get(rule) ?? new Set<string>(), now.get(rule) ?? new Set<string>()];
    return {
      rule,
      healed: [...was].filter((trigger) => !is.has(trigger)).sort(),
      kept: [...was].filter((trigger) => is.has(trigger)).sort(),
      broke: [...is].filter((trigger) => !was.has(trigger)).sort(),
    };
  });
}

/** The findings with at least one trigger that violates the rule after only. */
export function newFindings<F extends Found>(findings: readonly F[], changes: readonly Change[]): F[] {
  const broke = new Map(changes.map((change) => [change.rule, new Set(change.broke)]));
  return findings.filter((finding) =>
    Object.keys(finding.triggers).some((trigger) => broke.get(ruleOf(finding))?.has(trigger)),
  );
}

function triggersByRule(findings: readonly Found[]): Map<string, Set<string>> {
  const rules = new Map<string, Set<string>>();
  for (const finding of findings) {
    const rule = ruleOf(finding);
    const triggers = rules.get(rule) ?? new Set();
    for (const trigger of Object.keys(finding.triggers)) triggers.add(trigger);
    rules.set(rule, triggers);
  }
  return rules;
}
