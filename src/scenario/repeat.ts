import type { Plan } from './finding.ts';

/** A word as a shell reads it back. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A plan as the flags of the command line. */
export function planFlags({ kernel, host, events, faults, seed }: Plan): string[] {
  return [
    ...['--kernel', kernel],
    ...events.flatMap((event) => ['--event', event]),
    ...faults.flatMap((fault) => ['--fault', fault]),
    ...Object.entries(host).flatMap(([key, value]) => ['--host', `${key}=${value}`]),
    ...(seed === 0 ? [] : ['--seed', String(seed)]),
  ];
}

/** A command of the command line, to be pasted into a shell. */
export function commandLine(words: readonly string[]): string {
  return `vmtbench ${words.map(shellQuote).join(' ')}`;
}

/** The command that repeats a run. */
export function repeatRun(object: string, plan: Plan): string {
  return commandLine(['run', object, '--for', plan.for, ...planFlags(plan)]);
}
