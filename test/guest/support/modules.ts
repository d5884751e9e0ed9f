import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Unpacked packages, outside the project, kept from one run to the next. */
const CACHE = join(tmpdir(), 'vmtbench-test-packages');

/** Architectures of Debian's kernels, with the package that depends on the newest of them. */
const KERNELS = { amd64: 'linux-image-amd64', i386: 'linux-image-686-pae' } as const;
export type ModuleMachine = keyof typeof KERNELS;

/** apt with package lists of its own, for an architecture that this system need not know. */
function apt(machine: ModuleMachine): (command: string, ...args: readonly string[]) => string {
  const root = join(CACHE, `apt-${machine}`);
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  const options = [
    `APT::Architecture=${machine}`,
    `APT::Architectures=${machine}`,
    `Dir::State=${join(root, 'state')}`,
    `Dir::Cache=${join(root, 'cache')}`,
    'Dir::State::status=/dev/null',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option]);
  return (command, ...args) =>
    execFileSync(command, [...options, ...args], { cwd: root, stdio: 'pipe', maxBuffer: 1 << 26 }).toString();
}

/** Fetches the newest kernel package and keeps its modules of these names. */
function fetchModules(machine: ModuleMachine, names: readonly string[], to: string): void {
  const run = apt(machine);
  try {
    run('apt-get', 'update');
  } catch {
    // One list of several did not come: what is there is enough, or the next step says what is missing.
  }
  const depends = run('apt-cache', 'depends', '--important', KERNELS[machine]);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`${KERNELS[machine]} depends on no kernel`);
  const work = `${to}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    const root = join(CACHE, `apt-${machine}`);
    run('apt-get', 'download', name);
    const archive = readdirSync(root).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
    if (archive === undefined) throw new Error('apt-get fetched nothing');
    const wanted = names.map((module) => `*/${module}.ko*`);
    execFileSync(
      'sh',
      ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x --wildcards "$@"', join(root, archive), ...wanted],
      {
        cwd: work,
        stdio: 'pipe',
      },
    );
    rmSync(join(root, archive));
    renameSync(work, to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Modules of Debian's newest kernel, fetched at first use (70 MB) and kept.
 * @returns the path of each by its name, or null with the reason printed where there is no network or no such package.
 */
export function debianModules(machine: ModuleMachine, names: readonly string[]): ReadonlyMap<string, string> | null {
  const root = join(CACHE, `modules-${machine}`);
  try {
    if (!existsSync(root)) fetchModules(machine, names, root);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const paths = names.map((name) => [name, files.find((file) => file.endsWith(`/${name}.ko`))] as const);
    const missing = paths.find(([, path]) => path === undefined);
    if (missing !== undefined) throw new Error(`no ${missing[0]}.ko in it`);
    return new Map(paths.map(([name, path]) => [name, join(root, path ?? '')]));
  } catch (error) {
    console.log(`skipped: no Debian kernel for ${machine} here (${String(error).split('\n')[0]})`);
    return null;
  }
}
