import type { RunReport } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { Finding } from '../judge/index.ts';
import type { RunResult } from '../scenario/index.ts';
import { consoleText, differenceText, findingText, patternText } from './messages.ts';
import { compareTranscript, type TranscriptPattern } from './transcript-pattern.ts';

/** What vitest gives a matcher, and wants of it. */
interface Context {
  readonly isNot?: boolean;
}

interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What a run shows of one rule. `undecided`: it shows neither that the rule holds nor that it is broken. */
interface Shown {
  readonly broken: readonly Finding[];
  readonly undecided: string | null;
}

/** What `expect` of a run's report knows beside vitest's own. */
export interface GuestMatchers<Result = unknown> {
  /** After the last disturbance the guest polls a channel that serves, and answers. */
  toRecover(): Result;
  /** The guest touched only memory that is its own. */
  toBeMemorySafe(): Result;
  /** Console lines, whole or by a pattern, that come in this order. */
  toLog(...lines: (string | RegExp)[]): Result;
  /**
   * The conversation of guest and host, a line each as `vmtbench trace` prints it, without its time; `...` stands for
   * any number of lines, and without a channel's number a line is of any channel.
   */
  toTalk(lines: readonly TranscriptPattern[]): Result;
}

/** For `expect.extend`, where importing `vmtbench/vitest` has not done it. */
export const matchers = {
  toRecover(this: Context, received: unknown): Outcome {
    return judge(this, shownOfRecovery(reportOf(received)), 'the guest recovers');
  },
  toBeMemorySafe(this: Context, received: unknown): Outcome {
    return judge(this, shownOfMemory(reportOf(received)), 'the guest touches only memory that is its own');
  },
  toLog(this: Context, received: unknown, ...lines: readonly (string | RegExp)[]): Outcome {
    const report = reportOf(received);
    const missing = firstMissing(report.console, lines);
    const text = missing === null ? `the guest prints ${lines.map(patternText).join(', then ')}` : notPrinted(missing);
    return { pass: missing === null, message: () => `${text}\n${consoleText(report)}` };
  },
  toTalk(this: Context, received: unknown, lines: readonly TranscriptPattern[]): Outcome {
    const execution = executionOf(received);
    const difference = compareTranscript(execution.talk, lines);
    const message = (): string =>
      difference === null ? 'the guest talks exactly so' : differenceText(execution, difference);
    return { pass: difference === null, message };
  },
};

const notPrinted = (line: string | RegExp): string => `the guest does not print ${patternText(line)}`;

/** A rule that is undecided fails either way: the test shows nothing. */
function judge({ isNot = false }: Context, { broken, undecided }: Shown, holds: string): Outcome {
  if (broken.length > 0) return { pass: false, message: () => broken.map(findingText).join('\n') };
  if (undecided !== null) return { pass: isNot, message: () => undecided };
  return { pass: true, message: () => `${holds}, and should not` };
}

/** Findings that end a run. */
const ends = ({ kind, invariant }: Finding): boolean => kind !== 'invariant' || invariant === 'noPanic';

function shownOfRecovery({ findings, notes, outcome }: RunReport): Shown {
  const broken = findings.filter(({ invariant }) => invariant === 'recovers');
  const end = findings.find(ends);
  if (end !== undefined) return { broken, undecided: `the guest did not live to recover: ${findingText(end)}` };
  if (outcome === 'halted') return { broken, undecided: 'the guest was shut down: there was nothing to recover from' };
  return { broken, undecided: notes.find((note) => note.startsWith('recovers is undecided')) ?? null };
}

function shownOfMemory(report: RunReport | RunResult): Shown {
  const broken = report.findings.filter(({ kind }) => kind === 'memory' || kind === 'fault');
  const unchecked = 'memoryChecked' in report && !report.memoryChecked;
  return { broken, undecided: unchecked ? 'the memory checker was off' : null };
}

/** The first of the lines that does not come after those before it. */
function firstMissing(console: readonly string[], lines: readonly (string | RegExp)[]): string | RegExp | null {
  let from = 0;
  for (const line of lines) {
    const at = console.findIndex((text, index) => {
      return index >= from && (typeof line === 'string' ? line === text : line.test(text));
    });
    if (at === -1) return line;
    from = at + 1;
  }
  return null;
}

const HINT = 'Give what run() of a bench returns: expect(guest("vmt.o").run()).';

function reportOf(received: unknown): RunReport {
  const isReport = typeof received === 'object' && received !== null && 'findings' in received && 'console' in received;
  if (isReport) return received as RunReport;
  throw new VmtbenchError('vitest.report', 'what is expected of is no report of a run', HINT);
}

function executionOf(received: unknown): RunResult {
  const report = reportOf(received);
  if ('talk' in report && 'trace' in report && (report as RunResult).trace.length > 0) return report as RunResult;
  throw new VmtbenchError('vitest.talk', 'the run was not recorded: its conversation is not known', HINT);
}
