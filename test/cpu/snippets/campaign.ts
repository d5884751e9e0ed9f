import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Report } from './child.ts';
import { snippetOf } from './generate.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RUNNER = fileURLToPath(new URL('../../support/run-typescript.mjs', import.meta.url));
const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));

/** A snippet that does not come to its end within this is taken to hang. It bounds a defect, and measures nothing. */
const HANG_MS = 120_000;
const POLL_MS = 5_000;
/** The last lines of a child that crashed. */
const LAST_LINES = 5;

/** A snippet that brought its process down, hung, or did not do the same thing twice. */
export interface Failure {
  readonly seed: number;
  /** Mode, setting and code, for a human. */
  readonly snippet: string;
  readonly what: string;
}

function failure(seed: number, what: string): Failure {
  const { bits, setting, code } = snippetOf(seed);
  return { seed, snippet: `${bits} bit, ${setting}: ${Buffer.from(code).toString('hex')}`, what };
}

interface ChildEnd {
  readonly failures: readonly Failure[];
  /** The seed to go on with; null: all have been executed. */
  readonly next: number | null;
}

/** Executes the snippets of `first` and the `count - 1` seeds behind it in one process, as far as it lives. */
function runChild(program: string, first: number, count: number, progress: string): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUNNER, program, String(first), String(count), progress], { cwd: ROOT });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = name === 'stdout' ? output[name] + text : (output[name] + text).slice(-65536);
      });
    }
    const current = (): number | null => {
      try {
        return readFileSync(progress).readUInt32LE(0);
      } catch {
        return null;
      }
    };
    let hangs = false;
    let [seen, since] = [current(), Date.now()];
    const timer = setInterval(() => {
      const now = current();
      if (now !== seen) [seen, since] = [now, Date.now()];
      hangs = Date.now() - since > HANG_MS;
      if (hangs) child.kill('SIGKILL');
    }, POLL_MS);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearInterval(timer);
      const lines = output.stdout.split('\n').filter((line) => line !== '');
      const reports = lines.map((line) => JSON.parse(line) as Report);
      const failures = reports.map(({ seed, differences }) => failure(seed, differences.join('; ')));
      const at = current();
      if (status === 0) resolve({ failures, next: null });
      else if (at === null) reject(new Error(`the child never began: ${output.stderr}`));
      else {
        const said = output.stderr.trim().split('\n').slice(-LAST_LINES).join(' | ');
        failures.push(failure(at, hangs ? 'hangs' : `the process ended with ${signal ?? status}: ${said}`));
        resolve({ failures, next: at + 1 });
      }
    });
  });
}

/** When enough is enough. */
const MOST_FAILURES = 20;

/**
 * Executes `count` snippets from the seed `first` on, in processes that they may bring down.
 * @param program what such a process runs
 * @returns those that failed; after {@link MOST_FAILURES} the search ends.
 */
export async function executeSnippets(first: number, count: number, program: string = CHILD): Promise<Failure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vmtbench-snippets-'));
  const failures: Failure[] = [];
  const end = first + count;
  try {
    for (let seed: number | null = first; seed !== null && seed < end && failures.length < MOST_FAILURES; ) {
      const child: ChildEnd = await runChild(program, seed, end - seed, join(folder, 'progress'));
      failures.push(...child.failures);
      seed = child.next;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return failures;
}
