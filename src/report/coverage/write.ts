import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import istanbulCoverage from 'istanbul-lib-coverage';
import istanbulReport from 'istanbul-lib-report';
import istanbulReports from 'istanbul-reports';
import type { FileCoverage } from './files.ts';

export type CoverageForm =
  | { readonly kind: 'lcov'; readonly file: string }
  | { readonly kind: 'html'; readonly folder: string };

/**
 * Writes coverage as an lcov file or as pages of HTML, by istanbul's libraries.
 * @param folders where the sources may lie besides the places that the object names.
 */
export function writeCoverage(files: readonly FileCoverage[], form: CoverageForm, folders: readonly string[]): void {
  const map = istanbulCoverage.createCoverageMap({});
  for (const file of files) map.addFileCoverage(istanbulFile(file, placeOf(file.file, folders)));
  const dir = form.kind === 'lcov' ? dirname(resolve(form.file)) : resolve(form.folder);
  const context = istanbulReport.createContext({ dir, coverageMap: map, sourceFinder: sourceOf });
  const report =
    form.kind === 'lcov'
      ? istanbulReports.create('lcovonly', { file: basename(form.file), projectRoot: process.cwd() })
      : istanbulReports.create('html', {});
  report.execute(context);
}

/** Where a source lies: as the object says, or by its name in one of the folders. */
function placeOf(file: string, folders: readonly string[]): string {
  const places = [
    ...(isAbsolute(file) ? [file] : []),
    ...folders.flatMap((folder) => [join(folder, file), join(folder, basename(file))]),
  ];
  return resolve(places.find((place) => existsSync(place)) ?? file);
}

/** Pages need a text for each line. */
const sourceOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : `(${path} is not here)\n`);

const lineRange = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 1000 } });

function istanbulFile({ lines, branches, functions }: FileCoverage, path: string): istanbulCoverage.FileCoverageData {
  const all = [...lines];
  const numbered = <T>(items: readonly T[]): Record<string, T> => Object.fromEntries(items.entries());
  return {
    path,
    statementMap: numbered(all.map(([line]) => lineRange(line))),
    s: numbered(all.map(([, executions]) => executions)),
    fnMap: numbered(functions.map(({ name, line }) => ({ name, line, decl: lineRange(line), loc: lineRange(line) }))),
    f: numbered(functions.map(({ executions }) => executions)),
    branchMap: numbered(
      branches.map(({ line }) => ({
        type: 'cond',
        line,
        loc: lineRange(line),
        locations: [lineRange(line), lineRange(line)],
      })),
    ),
    b: numbered(branches.map(({ taken, passed }) => [taken, passed])),
  };
}
