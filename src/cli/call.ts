import { Command } from 'commander';
import pc from 'picocolors';
import type { RegisterName } from '../cpu/index.ts';
import { AccessHistory, verdictOf } from '../scenario/index.ts';
import { type PlacedArgument, placeArgument, showBytes } from './arguments.ts';
import { type BenchFlags, openFromFlags, withBenchFlags } from './bench-options.ts';
import { liveOutput } from './run.ts';
import { print, printable, printJson } from './terminal.ts';

interface CallFlags extends BenchFlags {
  readonly boot?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
}

const SHOWN: readonly RegisterName[] = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp'];
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** `vmtbench call`: one function of the object, with the host there. */
export function callCommand(): Command {
  return withBenchFlags(new Command('call'))
    .description('call one function of a compiled object: result, changed registers, changed buffers')
    .argument('<object>', 'the guest')
    .argument('<function>', 'a symbol of the object')
    .argument('[arg...]', '123, 0x7b, -1, "text", buf:4096, hex:00ff or @symbol; put -- before a negative one')
    .option('--boot', "bring the driver up first, as its kernel does; @self is then the driver's structure")
    .option('--strict', 'exit 1 on near misses, too')
    .option('--json', 'print one JSON object')
    .action((path: string, name: string, words: readonly string[], flags: CallFlags) => {
      const { bench, finish } = openFromFlags(path, flags, ['call', path, name, ...words], '0s');
      const history = new AccessHistory((pc) => bench.where(pc));
      bench.watchers.push(history);
      if (flags.json !== true) bench.watchers.push(liveOutput());
      const { guest } = bench;
      const booted = flags.boot === true ? guest.boot() : null;
      const args = words.map((word) => placeArgument(guest, word));
      const before = SHOWN.map((register) => guest.machine.registers.get(register));
      const result =
        booted === null
          ? bench.call(
              name,
              args.map(({ value }) => value),
            )
          : null;
      const after = SHOWN.map((register) => guest.machine.registers.get(register));
      const outcome = booted ?? result?.outcome ?? null;
      const verdict = outcome === null ? null : verdictOf(outcome);
      const report = {
        outcome: verdict === null ? (outcome?.kind ?? 'returned') : 'finding',
        result: result === null ? null : hex(result.value),
        registers: Object.fromEntries(
          SHOWN.flatMap((register, i) => (before[i] === after[i] ? [] : [[register, hex(after[i] as bigint)]])),
        ),
        buffers: args.flatMap((arg) => changedBuffer(arg, (address, size) => guest.machine.readUpTo(address, size))),
        findings: verdict === null ? [] : [{ ...verdict, lastAccesses: history.texts }],
        console: guest.console.map(({ text }) => text),
        notes: bench.notes.texts,
        host: bench.host.report,
        ports: { accesses: bench.accesses },
        stubsCalled: guest.stubsCalled,
      };
      const nearMisses = bench.notes.nearMisses;
      finish(report.outcome);
      if (flags.json === true) printJson(report);
      else printCall(report);
      if (verdict !== null || (flags.strict === true && nearMisses > 0)) process.exitCode = 1;
    });
}

interface ShownBuffer {
  readonly argument: string;
  readonly text: string;
}

/** What became of a buffer; nothing where the guest left it alone. */
function changedBuffer(
  { word, buffer }: PlacedArgument,
  read: (address: bigint, size: number) => Uint8Array,
): ShownBuffer[] {
  if (buffer === null) return [];
  const now = read(buffer.address, buffer.bytes.length);
  const same = Buffer.compare(now, buffer.bytes) === 0;
  return same && !buffer.always ? [] : [{ argument: word, text: showBytes(now) }];
}

function printCall(report: {
  readonly result: string | null;
  readonly registers: Readonly<Record<string, string>>;
  readonly buffers: readonly ShownBuffer[];
  readonly findings: readonly {
    readonly title: string;
    readonly explanation: string;
    readonly stack: readonly string[];
  }[];
  readonly notes: readonly string[];
}): void {
  for (const note of report.notes) print(`${pc.yellow('note')} ${printable(note)}`);
  for (const { title, explanation, stack } of report.findings) {
    print(`${pc.red(pc.bold('finding'))} ${pc.bold(printable(title))}\n  ${printable(explanation)}`);
    for (const frame of stack) print(pc.dim(`    from ${frame}`));
  }
  if (report.result !== null)
    print(`${pc.bold('result')} ${report.result} (${BigInt.asIntN(32, BigInt(report.result))} as int)`);
  for (const [register, value] of Object.entries(report.registers)) print(`  ${register} ${value}`);
  for (const { argument, text } of report.buffers) print(`  ${argument} -> ${printable(text)}`);
}
