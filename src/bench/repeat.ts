import type { Plan } from '../judge/index.ts';

/** A word as a shell reads it back. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A plan as the flags of the command line. */
export function planFlags(plan: Plan): string[] {
  const { kernel, host, machine, interfaces, events, faults, preemptions, expect, budget, seed } = plan;
  const { hostname, ...facts } = machine ?? {};
  return [
    ...['--kernel', kernel],
    ...repeated('--event', events),
    ...repeated('--fault', faults),
    ...repeated('--preempt', preemptions ?? []),
    ...repeated('--host', pairs(host)),
    ...(hostname === undefined ? [] : ['--hostname', String(hostname)]),
    ...repeated('--machine', pairs(facts)),
    ...repeated('--interface', interfaces ?? []),
    ...repeated('--budget', pairs({ ...budget })),
    ...(seed === 0 ? [] : ['--seed', String(seed)]),
    ...repeated('--expect', expect ?? []),
  ];
}

const repeated = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);

const pairs = (values: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(values).map(([key, value]) => `${key}=${value}`);

/** A command of the command line, to be pasted into a shell. */
export function commandLine(words: readonly string[]): string {
  return `vmtbench ${words.map(shellQuote).join(' ')}`;
}

/** The words that ask for rules by their names. */
export const invariantFlags = (names: readonly string[]): string[] => names.flatMap((name) => ['--invariant', name]);

/** The command that repeats a run. @param invariants the rules beyond those of every run */
export function repeatRun(object: string, plan: Plan, invariants: readonly string[] = []): string {
  return commandLine(['run', object, '--for', plan.for, ...invariantFlags(invariants), ...planFlags(plan)]);
}
