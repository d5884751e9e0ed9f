import { Command, CommanderError } from 'commander';
import { VmtbenchError } from '../errors.ts';
import { printError, printJson } from './terminal.ts';
import { version } from './version.ts';

/** Each is loaded when it is called for, and all of them for help: what `check` needs costs `run` no time. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).runCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  fuzz: async () => (await import('./fuzz.ts')).fuzzCommand(),
  call: async () => (await import('./call.ts')).callCommand(),
  exec: async () => (await import('./exec.ts')).execCommand(),
  trace: async () => (await import('./trace.ts')).traceCommand(),
  replay: async () => (await import('./replay.ts')).replayCommand(),
  diff: async () => (await import('./diff.ts')).diffCommand(),
  cov: async () => (await import('./cov.ts')).covCommand(),
  list: async () => (await import('./list.ts')).listCommand(),
  schema: async () => (await import('./schema.ts')).schemaCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
};

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
  for (const name of namesFor(words)) {
    const command = await COMMANDS[name]?.();
    if (command !== undefined) program.addCommand(command.copyInheritedSettings(program));
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

/** The command that is called, else all: for help, and for the words near a misspelt one. */
function namesFor([name = '']: readonly string[]): readonly string[] {
  return Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS);
}

/** `vmtbench help nosuch` is as wrong as `vmtbench nosuch`. */
function refuseUnknownHelp(program: Command, [help, topic]: readonly string[]): void {
  if (help !== 'help' || topic === undefined || topic === 'help') return;
  if (!program.commands.some((command) => command.name() === topic)) program.error(`error: unknown command '${topic}'`);
}
