import { Command, Option } from 'commander';
import { VmtbenchError } from '../errors.ts';
import { Corpus } from '../fuzz/index.ts';
import { withGuestFlags } from './bench-options.ts';
import { EarlyEnd } from './early-end.ts';
import { refuseMissing, runCampaign } from './fuzz-campaign.ts';
import type { ChildOrders } from './fuzz-child.ts';
import { regress } from './fuzz-regress.ts';
import { type FuzzReport, FuzzView, fuzzJson, printFuzz } from './fuzz-report.ts';
import type { FuzzFlags } from './fuzz-subject.ts';
import { parseWhole } from './scenario-flags.ts';
import { printJson } from './terminal.ts';

interface Flags extends FuzzFlags {
  readonly engine: ChildOrders['engine'];
  readonly corpus?: string;
  readonly seconds?: string;
  readonly executions?: string;
  readonly engineSeed?: string;
  readonly regress?: boolean;
  readonly json?: boolean;
}

/** `vmtbench fuzz`: a hostile host, guided by what the driver executes. */
export function fuzzCommand(): Command {
  const command = new Command('fuzz')
    .description('execute a driver against a hostile host, guided by coverage, and report what it does not survive')
    .argument('<object>', "the guest: a driver's relocatable object")
    .argument('[engine-flags...]', "after --: the engine's own flags");
  return withGuestFlags(command)
    .option('--scenario <file>', 'the plan of every execution: a YAML file, or one that comes with vmtbench')
    .addOption(
      new Option('--engine <name>', 'what chooses the inputs; blind: chance alone')
        .choices(['libfuzzer', 'afl', 'blind'])
        .default('libfuzzer'),
    )
    .option('--corpus <dir>', 'the folder of inputs and findings (default: OBJECT.fuzz in this folder)')
    .option('--seconds <n>', 'real seconds (default: until Ctrl-C)')
    .option('--executions <n>', 'executions at most')
    .option('--engine-seed <n>', "seed of the engine's choices (default: the engine's own)")
    .option('--regress', 'execute and judge the inputs of the corpus once, and fuzz nothing')
    .option('--json', 'print one JSON object')
    .action(async (path: string, words: readonly string[], flags: Flags) => {
      const report = flags.regress === true ? regressed(path, flags) : await fuzzed(path, words, flags);
      if (flags.json === true) printJson(fuzzJson(report));
      else printFuzz(report);
      if (report.findings.length > 0 && (process.exitCode ?? 0) === 0) process.exitCode = 1;
    });
}

function regressed(path: string, flags: Flags): FuzzReport {
  const { guest } = guestFlags(flags);
  return regress(path, guest, folderOf(path, flags));
}

async function fuzzed(path: string, words: readonly string[], flags: Flags): Promise<FuzzReport> {
  const { engine, seconds, executions, engineSeed } = flags;
  const orders: ChildOrders = {
    path,
    flags: guestFlags(flags).guest,
    folder: folderOf(path, flags),
    engine,
    seconds: seconds === undefined ? null : parseSeconds(seconds),
    executions: executions === undefined ? null : parseWhole('--executions', executions, 1),
    seed: engineSeed === undefined ? 0 : parseWhole('--engine-seed', engineSeed, 0),
    words,
    messages: null,
  };
  refuseMissing(engine);
  const corpus = new Corpus(orders.folder);
  const end = new EarlyEnd(undefined);
  const view = new FuzzView(flags.json === true);
  const started = performance.now();
  try {
    const { progress, findings } = await runCampaign(orders, corpus, end.signal, view);
    if (end.exitStatus !== null) process.exitCode = end.exitStatus;
    const real = Math.round(performance.now() - started) / 1000;
    return { engine, seconds: real, corpus: corpus.folder, progress, findings };
  } finally {
    view.close();
    end.close();
  }
}

/** The flags of the guest, without those of the command: they go to another process. */
function guestFlags(flags: Flags): { readonly guest: FuzzFlags } {
  const { engine, corpus, seconds, executions, engineSeed, regress, json, ...guest } = flags;
  return { guest };
}

const folderOf = (path: string, { corpus }: Flags): string => corpus ?? `${path.split('/').at(-1) ?? 'object'}.fuzz`;

/** @throws VmtbenchError `flag` */
function parseSeconds(text: string): number {
  const seconds = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0) return seconds;
  throw new VmtbenchError('flag', `--seconds ${text} is no time`, 'Give real seconds, such as --seconds 25.');
}
