import type { FuzzProgress } from '../fuzz/index.ts';
import type { CampaignListener, FoundMessage } from './fuzz-campaign.ts';
import { pc, print, printable, printFinding } from './terminal.ts';

/** What a campaign, or a regression, came to. */
export interface FuzzReport {
  readonly engine: string;
  /** Real seconds. */
  readonly seconds: number;
  readonly corpus: string;
  readonly progress: FuzzProgress | null;
  readonly findings: readonly FoundMessage[];
}

/** What `--json` prints. */
export function fuzzJson({ engine, seconds, corpus, progress, findings }: FuzzReport): object {
  return {
    executions: progress?.executions ?? 0,
    judged: progress?.judged ?? 0,
    seconds,
    blocks: progress?.blocks ?? 0,
    edges: progress?.edges ?? 0,
    states: progress?.states ?? 0,
    lines: progress?.lines ?? null,
    accesses: progress?.accesses ?? 0,
    virtualSeconds: progress?.virtualSeconds ?? 0,
    engine,
    corpus,
    inputs: progress?.corpus ?? 0,
    findings: findings.map(({ finding, cause, file, reproduced, execution, records }) => ({
      ...finding,
      cause,
      file,
      reproduced,
      execution,
      records,
    })),
  };
}

export function printFuzz({ seconds, corpus, progress, findings }: FuzzReport): void {
  for (const { finding, file, reproduced, execution, records } of findings) {
    printFinding(finding);
    const how = reproduced ? '' : pc.yellow(' (a run from power-on does not show it)');
    print(`  input: ${file}: ${records} records, first seen at execution ${execution}${how}`);
    print();
  }
  const count = findings.length;
  print(`${count === 0 ? 'no finding' : `${count} finding${count === 1 ? '' : 's'}`} in ${seconds} s`);
  if (progress === null) return;
  for (const line of summaryOf(progress)) print(`  ${line}`);
  print(`  corpus: ${progress.corpus} inputs in ${printable(corpus)}`);
}

function summaryOf(progress: FuzzProgress): string[] {
  const { executions, judged, accesses, virtualSeconds, blocks, edges, states, lines } = progress;
  const ran = `${blocks} blocks, ${edges} edges${lines === null ? '' : `, ${lines} source lines`}, ${states} states`;
  return [
    `${executions} executions (${rateOf(progress)}), ${judged} judged by every rule (${judgedRateOf(progress)})`,
    `${accesses} port accesses, ${virtualSeconds} virtual seconds`,
    `executed: ${ran}`,
  ];
}

/** Of executions alone. */
function rateOf({ executions, busySeconds, judgeSeconds }: FuzzProgress): string {
  return `${Math.round(executions / Math.max(busySeconds - judgeSeconds, 0.001))}/s`;
}

function judgedRateOf({ judged, judgeSeconds }: FuzzProgress): string {
  return `${Math.round(judged / Math.max(judgeSeconds, 0.001))}/s`;
}

/** Milliseconds between two lines where the output is no terminal. */
const PLAIN_INTERVAL = 5000;

/** Shows a campaign while it runs: one line that changes on a terminal, plain lines elsewhere. */
export class FuzzView implements CampaignListener {
  readonly #stream = process.stderr;
  readonly #quiet: boolean;
  readonly #started = performance.now();
  #shown = 0;
  #found = 0;
  #newest = this.#started;
  #edges = 0;

  /** @param quiet shows nothing where the output is no terminal. */
  constructor(quiet: boolean) {
    this.#quiet = quiet;
  }

  progress = (progress: FuzzProgress): void => {
    const now = performance.now();
    if (progress.edges !== this.#edges) {
      this.#edges = progress.edges;
      this.#newest = now;
    }
    const isTerminal = this.#stream.isTTY === true;
    if (!isTerminal && (this.#quiet || now - this.#shown < PLAIN_INTERVAL)) return;
    this.#shown = now;
    const line = lineOf(progress, this.#found, (now - this.#started) / 1000, (now - this.#newest) / 1000);
    if (isTerminal) this.#stream.write(`\r\x1b[K${line.slice(0, Math.max(20, (this.#stream.columns ?? 80) - 1))}`);
    else this.#stream.write(`${line}\n`);
  };

  finding = ({ finding }: FoundMessage): void => {
    this.#found++;
    if (this.#quiet && this.#stream.isTTY !== true) return;
    if (this.#stream.isTTY === true) this.#stream.write('\r\x1b[K');
    this.#stream.write(`found: ${printable(finding.title)} [${finding.invariant ?? finding.kind}]\n`);
  };

  close(): void {
    if (this.#shown > 0 && this.#stream.isTTY === true) this.#stream.write('\r\x1b[K');
  }
}

function lineOf(progress: FuzzProgress, found: number, seconds: number, since: number): string {
  const { executions, edges, lines, states, corpus } = progress;
  const code = lines === null ? `${edges} edges` : `${edges} edges, ${lines} lines`;
  const rates = `${rateOf(progress)}, judged ${judgedRateOf(progress)}`;
  return `${Math.round(seconds)} s: ${executions} executions (${rates}), ${code}, ${states} states, ${corpus} inputs, ${found} findings, last new edge ${Math.round(since)} s ago`;
}
