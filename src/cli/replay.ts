import { Command } from 'commander';
import { type Bench, Replay, type ReplayDifference, replayRun } from '../bench/index.ts';
import { VmtbenchError } from '../errors.ts';
import { hex } from '../hex.ts';
import { decodeCall } from '../protocol/index.ts';
import { readTrace, type WholeTrace } from '../scenario/index.ts';
import { callWords, fileChunks, lineText, TRACE_REGISTERS } from '../trace/index.ts';
import { placeArgument } from './arguments.ts';
import { pc, print, printable, printJson } from './terminal.ts';
import { benchOf, openTracedRun } from './traced-bench.ts';

/** Lines of the conversation that are printed before a difference. */
const SHOWN = 20;

/** `vmtbench replay TRACE [OBJECT]`: the guest runs against the recorded answers. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('run a guest against the answers of a trace; say at which access it differs')
    .argument('<trace>', 'what --trace has written')
    .argument('[object]', 'the guest, or another build of it; by default the traced object, if it is found')
    .option('--json', 'print one JSON object')
    .action((file: string, path: string | undefined, { json }: { readonly json?: true }) => {
      const whole = readTrace(fileChunks(file), file);
      const traced = openTracedRun(file, whole, path);
      const bench = benchOf(traced, whole);
      try {
        const replay = new Replay(bench, whole.records);
        perform(bench, replay, whole);
        const report = reportOf(bench, replay, whole, traced.sameObject);
        if (json === true) printJson(report);
        else printReport(report, traced.path);
        if (!report.same) process.exitCode = 1;
      } finally {
        bench.close();
      }
    });
}

/** Does what the traced command did. @throws VmtbenchError `replay.command`, `argument` */
function perform(bench: Bench, replay: Replay, { header, until }: WholeTrace): void {
  const [name, target, ...rest] = header.command ?? ['run'];
  if (name === 'run') {
    replayRun(bench, replay, until);
    return;
  }
  if (name !== 'call' || target === undefined) {
    throw new VmtbenchError('replay.command', `the trace is of ${String(name)}`, 'A run or a call can be replayed.');
  }
  const boots = rest.at(-1) === '--boot';
  const words = boots ? rest.slice(0, -1) : rest;
  const booted = boots ? bench.guest.boot() : null;
  const args = words.map((word) => placeArgument(bench.guest, word).value);
  if (booted === null && replay.difference === null) bench.call(target, args);
  replay.finish();
}

interface SideReport {
  readonly call: string;
  /** `0x` and hex digits, as all below. */
  readonly address: string;
  readonly seconds: number;
  readonly registers: Readonly<Record<string, string>>;
}

interface DifferenceReport {
  /** From 0. */
  readonly access: number;
  readonly recorded: SideReport | null;
  readonly made: (SideReport & { readonly place: string }) | null;
  readonly fields: readonly string[];
}

interface ReplayReport {
  readonly same: boolean;
  readonly sameObject: boolean;
  /** That were the same. */
  readonly accesses: number;
  readonly difference: DifferenceReport | null;
  readonly conversation: readonly string[];
  readonly notes: readonly string[];
}

function reportOf(bench: Bench, replay: Replay, { header }: WholeTrace, sameObject: boolean): ReplayReport {
  const { difference, accesses, lines, otherAnswer } = replay;
  const build = `another build than the trace's (${header.object.name}, sha256 ${header.object.sha256.slice(0, 12)})`;
  return {
    same: difference === null,
    sameObject,
    accesses,
    difference: difference === null ? null : differenceReport(bench, difference),
    conversation: lines.map(lineText),
    notes: [
      ...(sameObject ? [] : [build]),
      ...(otherAnswer === null ? [] : [`this vmtbench's host would answer access ${otherAnswer} otherwise`]),
    ],
  };
}

function differenceReport(bench: Bench, { access, recorded, made, fields }: ReplayDifference): DifferenceReport {
  const frame = (registers: Readonly<Record<(typeof TRACE_REGISTERS)[number], number | bigint>>) =>
    Object.fromEntries(TRACE_REGISTERS.map((name) => [name, hex(BigInt(registers[name]))]));
  return {
    access,
    recorded: recorded && {
      call: callWords(decodeCall(recorded), recorded),
      address: hex(BigInt(recorded.pc)),
      seconds: recorded.ns / 1e9,
      registers: frame(recorded.registers),
    },
    made: made && {
      call: callWords(made.call, made),
      address: hex(made.pc),
      place: bench.where(made.pc),
      seconds: made.ns / 1e9,
      registers: frame(made.registers),
    },
    fields,
  };
}

function printReport({ same, accesses, difference, conversation, notes }: ReplayReport, path: string): void {
  for (const note of notes) print(`${pc.yellow('note')} ${printable(note)}`);
  if (same || difference === null) {
    print(`${printable(path)} ${pc.green('talks the same')}: ${accesses} port accesses`);
    return;
  }
  const before = conversation.length - SHOWN;
  if (before > 0) print(pc.dim(`... ${before} lines of the conversation before`));
  for (const line of conversation.slice(-SHOWN)) print(pc.dim(printable(line)));
  printDifference(difference);
}

function printDifference({ access, recorded, made, fields }: DifferenceReport): void {
  const what = fields.length === 0 ? '' : ` in ${fields.join(', ')}`;
  print(`${pc.red(pc.bold('differs'))} at access ${access}${what}`);
  print(`  trace: ${recorded === null ? 'no more accesses' : `${sideText(recorded)} at ${recorded.address}`}`);
  const place = made === null ? '' : ` at ${made.address}, ${made.place}`;
  print(`  guest: ${made === null ? 'no more accesses' : printable(`${sideText(made)}${place}`)}`);
  print(`  ${'registers'.padEnd(10)}${'trace'.padEnd(20)}guest`);
  for (const name of TRACE_REGISTERS) {
    const [before = '-', now = '-'] = [recorded?.registers[name], made?.registers[name]];
    const line = `  ${name.padEnd(10)}${before.padEnd(20)}${now}`;
    print(before === now ? pc.dim(line) : line);
  }
}

const sideText = ({ call, seconds }: SideReport): string => `${seconds.toFixed(6)}s  ${call}`;
