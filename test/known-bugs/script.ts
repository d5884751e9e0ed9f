import { spawnSync } from 'node:child_process';

/** An entry of bugs.yaml, as far as tests look at it. */
export interface KnownBug {
  readonly bug: string;
  readonly kernel: string;
  readonly call?: string;
  readonly kind: string;
  readonly system: string;
}

/** The objects of one bug. */
export interface Objects {
  readonly bug: string;
  readonly bad: string;
  readonly good: string;
  readonly marked: string;
}

/** What scripts/known-bugs.mjs says of one bug. */
export interface Row {
  readonly bug: KnownBug;
  readonly verdict: {
    readonly reached: number | null;
    readonly triggered: number | null;
    readonly rules: readonly string[];
    readonly found: number;
    readonly cases: number;
    readonly fixClean: boolean | null;
  };
}

/** Runs scripts/known-bugs.mjs, and returns what it prints as JSON. Status 1 says that bugs are missed. */
export function knownBugs(...args: string[]): unknown {
  const { status, stdout, stderr } = spawnSync('node', ['scripts/known-bugs.mjs', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0 && status !== 1) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** @param compiler its command, such as gcc */
export const isThere = (compiler: string): boolean => spawnSync(compiler, ['--version']).status === 0;
