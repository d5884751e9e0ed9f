import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { vmtbench as program } from '../../src/cli/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the compiled command line in a process of its own, from the project's folder. */
export function spawnVmtbench(...args: string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    execFile(process.execPath, [MAIN, ...args], { cwd: ROOT, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ status, stdout, stderr });
    });
  });
}

/** The end of the last call of {@link vmtbench}. */
let last: Promise<unknown> = Promise.resolve();

/** The same command line within this process: what it prints is caught. Calls wait for each other. */
export function vmtbench(...args: string[]): Promise<CliResult> {
  const result = last.then(() => catchOutput(args));
  last = result.catch(() => {});
  return result;
}

async function catchOutput(args: readonly string[]): Promise<CliResult> {
  const output = { stdout: '', stderr: '' };
  const catching = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      output[stream] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    });
  const spies = [catching('stdout'), catching('stderr')];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await program(args);
    return { status: Number(process.exitCode), ...output };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

/** What `vmtbench run --json` prints. */
export interface RunJson {
  readonly outcome: string;
  readonly virtualSeconds: number;
  readonly console: string[];
  readonly findings: {
    readonly kind: string;
    readonly invariant?: string;
    readonly title: string;
    readonly explanation: string;
    readonly lastAccesses: readonly string[];
    readonly plan: object;
    readonly repeat: string;
  }[];
  readonly notes: string[];
  readonly host: {
    readonly tcloOpens: number;
    readonly rpciOpens: number;
    readonly channelsOpen: number;
    readonly rpciCommands: string[];
    readonly tcloReplies: string[];
  };
  readonly ports: { readonly accesses: number };
  readonly stubsCalled: string[];
}

/** A run with `--json`; the command line is the one of a shell without quoting rules: one word an argument. */
export async function runJson(...args: string[]): Promise<RunJson & { readonly status: number }> {
  const { status, stdout, stderr } = await vmtbench('run', ...args, '--json');
  if (status > 1) throw new Error(`vmtbench run ${args.join(' ')}: exit ${status}\n${stderr}`);
  return { ...(JSON.parse(stdout) as RunJson), status };
}

export const count = (lines: readonly string[], wanted: string): number =>
  lines.filter((line) => line === wanted).length;
