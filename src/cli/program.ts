import { Command, CommanderError } from 'commander';
import { VmtbenchError } from '../errors.ts';
import { callCommand } from './call.ts';
import { checkCommand } from './check.ts';
import { covCommand } from './cov.ts';
import { diffCommand } from './diff.ts';
import { doctorCommand } from './doctor.ts';
import { execCommand } from './exec.ts';
import { fuzzCommand } from './fuzz.ts';
import { listCommand } from './list.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { printError, printJson } from './terminal.ts';
import { traceCommand } from './trace.ts';
import { version } from './version.ts';

/**
 * The whole command line.
 * @param words the words after `vmtbench`.
 * Sets the exit status: 0 clean, 1 findings, 2 unusable input or usage, 3 a bug in vmtbench.
 */
export async function vmtbench(words: readonly string[]): Promise<void> {
  const program = new Command('vmtbench')
    .description('The bench for the guest side of the VMware backdoor.')
    .version(version)
    .showHelpAfterError('(see vmtbench help COMMAND)');
  for (const command of [
    runCommand(),
    checkCommand(),
    fuzzCommand(),
    callCommand(),
    execCommand(),
    traceCommand(),
    replayCommand(),
    listCommand(),
    diffCommand(),
    covCommand(),
    schemaCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  for (const command of [program, ...program.commands]) command.exitOverride();
  const json = words.includes('--json');
  try {
    refuseUnknownHelp(program, words);
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      if (error.exitCode !== 0 && json) printJson({ error: { code: error.code, message: error.message, hint: '' } });
    } else if (error instanceof VmtbenchError) {
      printError(error);
      if (json) printJson({ error: { code: error.code, message: error.message, hint: error.hint } });
      process.exitCode = 2;
    } else {
      process.stderr.write(`vmtbench failed. This is a bug in vmtbench:\n${(error as Error).stack ?? error}\n`);
      process.exitCode = 3;
    }
  }
}

/** `vmtbench help nosuch` is as wrong as `vmtbench nosuch`. */
function refuseUnknownHelp(program: Command, [help, topic]: readonly string[]): void {
  if (help !== 'help' || topic === undefined || topic === 'help') return;
  if (!program.commands.some((command) => command.name() === topic)) program.error(`error: unknown command '${topic}'`);
}
