import { Command } from 'commander';
import { codeOfSites, ExecutedSites, explained, spentBudget, toFinding, untriggered } from '../bench/index.ts';
import type { RegisterName } from '../cpu/index.ts';
import { hex } from '../hex.ts';
import { type Finding, Judges } from '../judge/index.ts';
import { NO_SCENARIO, type Scenario } from '../scenario/index.ts';
import type { HostReport } from '../tclo-host/index.ts';
import { type PlacedArgument, placeArgument, showBytes } from './arguments.ts';
import { type BenchFlags, type OpenedBench, withBench, withBenchFlags } from './bench-options.ts';
import { liveOutput } from './run.ts';
import { budgetOption } from './scenario-flags.ts';
import { pc, print, printable, printFinding, printJson } from './terminal.ts';

interface CallFlags extends BenchFlags {
  readonly boot?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** The plan of a call has no duration. */
const INSTANT: Scenario = { ...NO_SCENARIO, for: '0s' };

const SHOWN: readonly RegisterName[] = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp'];

/** `vmtbench call`: calls one function of the object, with the host running. */
export function callCommand(): Command {
  return withBenchFlags(new Command('call'))
    .description('call one function of a compiled object; print result, changed registers, changed buffers')
    .argument('<object>', 'the guest')
    .argument('<function>', 'a symbol of the object')
    .argument('[arg...]', '123, 0x7b, -1, "text" (with its quotes), buf:4096, hex:00ff or @symbol')
    .option('--boot', "boot the driver first, as its kernel does; @self is then the driver's structure")
    .addOption(budgetOption())
    .option('--strict', 'exit 1 on near misses, faults and events that never triggered, too')
    .option('--json', 'print one JSON object')
    .action((path: string, name: string, words: readonly string[], flags: CallFlags) => {
      const command = ['call', path, name, ...words];
      const traced = ['call', name, ...words, ...(flags.boot === true ? ['--boot'] : [])];
      const { strict, ...report } = withBench({ path, flags, command, scenario: INSTANT, traced }, (opened) => {
        const live = liveOutput(opened.bench);
        if (flags.json !== true) opened.bench.watchers.push(live);
        const called = callOnce(opened, name, words, flags.boot === true);
        live.end();
        return called;
      });
      if (flags.json === true) printJson(report);
      else printCall(report);
      if (report.findings.length > 0 || (flags.strict === true && strict)) process.exitCode = 1;
    });
}

interface CallReport {
  readonly outcome: string;
  /** What the function returned; null where it did not. */
  readonly result: string | null;
  readonly registers: Readonly<Record<string, string>>;
  readonly buffers: readonly ShownBuffer[];
  readonly findings: readonly Finding[];
  readonly console: readonly string[];
  readonly notes: readonly string[];
  readonly host: HostReport;
  readonly ports: { readonly accesses: number };
  readonly stubsCalled: readonly string[];
  /** `--strict` makes the exit status 1. Not part of the JSON. */
  readonly strict: boolean;
}

function callOnce(
  { bench, plan, repeat }: OpenedBench,
  name: string,
  words: readonly string[],
  boot: boolean,
): CallReport {
  const { guest, notes } = bench;
  const { registers } = guest.machine;
  const judges = new Judges(bench, [], [], 'call');
  const sites = new ExecutedSites();
  bench.watchers.push(judges, sites);
  bench.accessBudget = plan.budget?.accesses ?? Number.POSITIVE_INFINITY;
  const booted = boot ? explained(bench, guest.boot()) : null;
  const args = words.map((word) => placeArgument(guest, word));
  const values = args.map(({ value }) => value);
  const before = SHOWN.map((register) => registers.get(register));
  const result = booted === null ? bench.call(name, values) : null;
  guest.endLine();
  const outcome = booted ?? explained(bench, result?.outcome ?? null);
  const code = () => codeOfSites(guest, sites.all);
  const { verdicts: judged } = judges.judge(outcome, { at: bench.now, blocks: guest.heap.live, code });
  const verdicts = bench.spent ? [spentBudget(bench), ...judged] : judged;
  const changed = SHOWN.filter((register, i) => registers.get(register) !== before[i]);
  const unplanned = untriggered(bench);
  return {
    outcome: verdicts.length === 0 ? (outcome?.kind ?? 'returned') : 'finding',
    result: result === null || outcome !== null ? null : hex(result.value),
    registers: Object.fromEntries(changed.map((register) => [register, hex(registers.get(register))])),
    buffers: args.flatMap((arg) => changedBuffer(arg, (address, size) => guest.machine.readUpTo(address, size))),
    findings: verdicts.map((verdict) => toFinding(verdict, { bench, history: judges.history, plan, repeat })),
    console: guest.consoleTexts,
    notes: [...notes.texts, ...unplanned],
    host: bench.host.report,
    ports: bench.ports,
    stubsCalled: guest.stubsCalled,
    strict: notes.nearMisses > 0 || unplanned.length > 0,
  };
}

interface ShownBuffer {
  readonly argument: string;
  readonly text: string;
}

/** The contents of a `buf:`, and of another buffer that the guest changed; else nothing. */
function changedBuffer(
  { word, buffer }: PlacedArgument,
  read: (address: bigint, size: number) => Uint8Array,
): ShownBuffer[] {
  if (buffer === null) return [];
  const now = read(buffer.address, buffer.bytes.length);
  const same = Buffer.compare(now, buffer.bytes) === 0;
  return same && !buffer.always ? [] : [{ argument: word, text: showBytes(now) }];
}

function printCall(report: Omit<CallReport, 'strict'>): void {
  for (const note of report.notes) print(`${pc.yellow('note')} ${printable(note)}`);
  for (const finding of report.findings) printFinding(finding);
  if (report.result !== null)
    print(`${pc.bold('result')} ${report.result} (${BigInt.asIntN(32, BigInt(report.result))} as int)`);
  for (const [register, value] of Object.entries(report.registers)) print(`  ${register} ${value}`);
  for (const { argument, text } of report.buffers) print(`  ${argument} -> ${printable(text)}`);
}
