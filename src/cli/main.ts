#!/usr/bin/env node
import { vmtbench } from './program.ts';

// A reader that went away (`| head`) ends the output, not the program with an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  process.stderr.write(`error: cannot write the output: ${error.message}\n`);
  process.exit(2);
});

await vmtbench(process.argv.slice(2));
