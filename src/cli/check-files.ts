import { readFileSync } from 'node:fs';
import { junitOf, parseBaseline, sarifOf } from '../check/index.ts';
import { VmtbenchError } from '../errors.ts';
import type { CheckReport } from './check-campaign.ts';
import { writeOutput } from './outputs.ts';
import { version } from './version.ts';

/** The files that a check writes on request. */
export interface FileFlags {
  readonly junit?: string;
  readonly sarif?: string;
}

/** Writes the requested files. @throws VmtbenchError `output` */
export function writeFiles(path: string, { findings, seconds }: CheckReport, { junit, sarif }: FileFlags): void {
  if (junit !== undefined) writeOutput(junit, junitOf(path, findings, seconds));
  if (sarif !== undefined) writeOutput(sarif, `${JSON.stringify(sarifOf(path, version, findings), null, 2)}\n`);
}

/** Reads the file of `--baseline`. @throws VmtbenchError `baseline` */
export function readBaseline(path: string): ReturnType<typeof parseBaseline> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new VmtbenchError('baseline', `${path} cannot be read`, (cause as Error).message, { cause });
  }
  return parseBaseline(text, path);
}
