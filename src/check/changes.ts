import type { CheckFinding } from './campaign.ts';

/** What was found of one guest, as far as it is compared with what was found of another. */
export type Found = Pick<CheckFinding, 'kind' | 'invariant' | 'triggers'>;

/** One rule: what breaks it before and after, in words that hold for both guests. */
export interface Change {
  /** The invariant, or the kind of a finding that breaks none. */
  readonly rule: string;
  /** Breaks it before, and no more. */
  readonly healed: readonly string[];
  /** Breaks it before and after. */
  readonly kept: readonly string[];
  /** Breaks it now. */
  readonly broke: readonly string[];
}

const ruleOf = ({ invariant, kind }: Pick<Found, 'kind' | 'invariant'>): string => invariant ?? kind;

/** From one guest to another, rule by rule: addresses, lines and numbers differ, what strikes where does not. */
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

/** The findings that something shows which broke their rule only now. */
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
