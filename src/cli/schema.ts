import { Command } from 'commander';
import { scenarioJsonSchema } from '../scenario/index.ts';
import { printJson } from './terminal.ts';

/** `vmtbench schema`: prints the schema that editors check scenarios with. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON schema of scenarios, for editors')
    .action(() => printJson(scenarioJsonSchema()));
}
