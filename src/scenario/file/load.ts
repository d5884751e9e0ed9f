import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VmtbenchError } from '../../errors.ts';
import { knownWords } from '../../similar.ts';
import { parseScenario } from './parse.ts';
import type { Scenario } from './scenario.ts';

/** The scenarios that come with the package. */
const SHIPPED = new URL('../../../scenarios/', import.meta.url);
const SUFFIX = '.yaml';
/** Bytes: more than any text that is read. */
const LARGEST = 1024 * 1024;

/** The names of the scenarios that come with the package, sorted. */
export function shippedScenarios(): string[] {
  const files = readdirSync(SHIPPED).filter((file) => file.endsWith(SUFFIX));
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort();
}

/**
 * Reads a scenario: a file, or by its bare name one that comes with the package.
 * @throws VmtbenchError `scenario` with every error of the file; `scenario.file` for one that cannot be read.
 */
export function loadScenario(path: string): Scenario {
  if (isFile(path)) return parseScenario(readText(path), path);
  if (!shippedScenarios().includes(path)) {
    const hint = `Name a file, or a scenario that comes with vmtbench. ${knownWords(path, 'scenarios', shippedScenarios())}`;
    throw new VmtbenchError('scenario.file', `there is no scenario ${path}`, hint);
  }
  const file = `${path}${SUFFIX}`;
  return parseScenario(readText(fileURLToPath(new URL(file, SHIPPED))), file);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function readText(path: string): string {
  const hint = 'A scenario is a short YAML text.';
  try {
    if (statSync(path).size > LARGEST) throw new VmtbenchError('scenario.file', `${path} is too long`, hint);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    if (cause instanceof VmtbenchError) throw cause;
    const reason = cause instanceof TypeError ? 'it is not UTF-8' : (cause as Error).message;
    throw new VmtbenchError('scenario.file', `cannot read ${path}: ${reason}`, hint, { cause });
  }
}
